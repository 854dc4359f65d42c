package dev.tallygate.demo;

import java.util.ArrayList;
import java.util.List;

/**
 * A prompt with its answer, and what identifies the response.
 *
 * @param number counts the upstream's responses; ids are made of it
 * @param created Unix time in seconds
 */
record Call(long number, long created, Prompt prompt, Answer answer) {
  String id(String prefix) {
    return prefix + String.format("%016x", number);
  }

  /** Cuts the arguments of a tool call as a model streams them: in small pieces. */
  static List<String> pieces(String arguments) {
    List<String> pieces = new ArrayList<>();
    int at = 0;
    while (at < arguments.length()) {
      int end =
          arguments.offsetByCodePoints(
              at, Math.min(6, arguments.codePointCount(at, arguments.length())));
      pieces.add(arguments.substring(at, end));
      at = end;
    }
    return pieces;
  }
}
