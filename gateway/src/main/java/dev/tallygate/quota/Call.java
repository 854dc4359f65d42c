package dev.tallygate.quota;

import java.util.OptionalLong;

/**
 * What is known of a call before it is made, as far as tokens go.
 *
 * @param countsTokens whether it can use tokens at all; the rest is without meaning if not
 * @param model the model it is made with; empty where it names none
 * @param textBytes bytes of the body that may be text to the model; media left out
 * @param media images, documents and recordings within the body, or named by it
 * @param unseenInput whether the model is also given what nothing in the body bounds, such as an
 *     earlier answer or a document
 * @param maxOutput the most output tokens that the client allows for one answer, where it says so
 * @param answers how many answers are asked for; 0 where nothing is generated
 */
public record Call(
    boolean countsTokens,
    String model,
    long textBytes,
    int media,
    boolean unseenInput,
    OptionalLong maxOutput,
    int answers) {
  /** A call that uses no tokens. */
  public static final Call WITHOUT_TOKENS =
      new Call(false, "", 0, 0, false, OptionalLong.empty(), 0);
}
