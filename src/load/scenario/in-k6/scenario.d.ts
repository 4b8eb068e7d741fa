/** The user's scenario, which is bundled with the frame. */
declare module 'splitbench:scenario';
