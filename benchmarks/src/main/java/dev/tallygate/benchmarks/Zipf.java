package dev.tallygate.benchmarks;

import java.util.Arrays;
import java.util.Random;

/**
 * Draws from so many items by Zipf's law: the one of rank {@code r}, counted from 1, is drawn in
 * proportion to {@code 1 / r^exponent}. Exponent 0 draws each alike. Which item has which rank is
 * drawn too, so that neighbours in memory have nothing to do with each other. The same random
 * numbers, the same draws. For one thread.
 */
public final class Zipf {
  private final double[] cumulative;
  private final int[] byRank;
  private final Random random;

  /** Over the items from 0 to {@code items - 1}. */
  public Zipf(int items, double exponent, Random random) {
    this.random = random;
    this.cumulative = new double[items];
    double sum = 0;
    for (int rank = 0; rank < items; rank++) {
      sum += Math.pow(rank + 1, -exponent);
      cumulative[rank] = sum;
    }
    this.byRank = shuffled(items, random);
  }

  /** The next item. */
  public int next() {
    double at = random.nextDouble() * cumulative[cumulative.length - 1];
    int found = Arrays.binarySearch(cumulative, at);
    int rank = found < 0 ? -found - 1 : found + 1;
    return byRank[Math.min(rank, byRank.length - 1)];
  }

  /** The item of a rank, 0 for the one that is drawn most. */
  public int item(int rank) {
    return byRank[rank];
  }

  private static int[] shuffled(int items, Random random) {
    int[] order = new int[items];
    for (int i = 0; i < items; i++) {
      int other = random.nextInt(i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }
}
