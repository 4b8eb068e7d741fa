import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

const BUFFER_BYTES = 65_536;

/**
 * A socket, for `pg`, that reads into one buffer and hands out copies as long as what came. Left to itself, Node makes a new
 * buffer of 64 kB for each read, which costs a replay a twentieth of its CPU.
 */
export function leanSocket(): Socket {
  const onread: OnReadOpts = {
    buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES),
    callback(bytes, buffer) {
      socket.emit('data', Buffer.from(buffer.subarray(0, bytes)));
      return true;
    },
  };
  // Node's types know `onread` where a socket is connected only.
  const socket = new Socket({ onread } as SocketConstructorOpts);
  return socket;
}
