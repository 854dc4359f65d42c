package dev.tallygate.route;

/** Which tokens a call can use. */
public enum TokenUse {
  /** None: it looks something up, or has tokens counted. */
  NONE,
  /** What it sends; nothing is generated. */
  INPUT,
  /** What it sends and what is generated. */
  INPUT_AND_OUTPUT
}
