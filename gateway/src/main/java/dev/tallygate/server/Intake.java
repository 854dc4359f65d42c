package dev.tallygate.server;

/** What takes requests apart, and can be told to leave them as bytes. On the event loop. */
interface Intake {
  /** That of a stream, which has one request: its flow control is enough. */
  Intake OF_A_STREAM =
      new Intake() {
        @Override
        public void pause() {
          // Nothing is behind the request.
        }

        @Override
        public void resume() {
          // Nothing was held back.
        }
      };

  /** Takes nothing further apart; no more should be read after it. */
  void pause();

  /** Goes on, in a later turn of the event loop: the caller may be handling a message from here. */
  void resume();
}
