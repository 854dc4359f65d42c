package dev.tallygate.benchmarks.scale;

import dev.tallygate.benchmarks.harness.Finding;
import dev.tallygate.benchmarks.harness.Lab;
import dev.tallygate.benchmarks.harness.Part;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The parts of {@code bin/scale}. */
enum Trial implements Part {
  STREAMS,
  KEYS,
  EDITS;

  @Override
  public List<Finding> run(Lab lab) throws IOException, InterruptedException {
    List<Finding> findings = new ArrayList<>();
    switch (this) {
      case STREAMS -> findings.addAll(ManyStreams.run(lab));
      case KEYS -> {
        findings.addAll(ManyKeys.run(lab));
        findings.add(ScarceHeap.run(lab));
      }
      case EDITS -> {
        findings.add(EditsOfABigFile.run(lab));
        findings.add(CostOfMirroring.run(lab));
      }
    }
    return findings;
  }
}
