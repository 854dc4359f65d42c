package dev.tallygate.demo;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** How an answer is written in one of the vendors' formats. */
sealed interface Format permits CompletionsFormat, ResponsesFormat, MessagesFormat {
  /** The body of an answer that is not streamed. */
  ObjectNode plain(Call call);

  /** All events of a streamed answer, the one that ends it included. */
  List<Event> events(Call call);
}
