# The bench as an image: docker-compose.yml runs its SmartMenu service and the bench itself from it. Any base with Node 20.18 or
# newer and npm will do.
ARG NODE_IMAGE=node:20-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /splitbench
COPY . .
RUN node bin/setup.js && npm prune --omit=dev --no-audit --no-fund

FROM ${NODE_IMAGE}
COPY --from=build /splitbench /splitbench
RUN ln -s /splitbench/bin/bench.js /usr/local/bin/bench
WORKDIR /home/bench
ENTRYPOINT ["bench"]
