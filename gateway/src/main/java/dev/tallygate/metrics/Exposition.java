package dev.tallygate.metrics;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;

/** All families, those of the JVM among them, and the formats they are written in. Thread-safe. */
final class Exposition {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ExpositionFormatWriter text = PrometheusTextFormatWriter.create();
  private final ExpositionFormatWriter openMetrics = OpenMetricsTextFormatWriter.create();

  Exposition(MultiCollector... families) {
    for (MultiCollector each : families) {
      registry.register(each);
    }
    JvmMetrics.builder().register(registry);
  }

  /**
   * Reads all and writes it: as OpenMetrics for who names that and likes it no less than text, else
   * in Prometheus's own format.
   *
   * @return the content type
   */
  String write(Preferences accept, OutputStream out) throws IOException {
    double open = accept.of("application/openmetrics-text");
    boolean asText = open == 0 || open < accept.of("text/plain", "text/*", "*/*");
    ExpositionFormatWriter format = asText ? text : openMetrics;
    format.write(out, registry.scrape());
    return format.getContentType();
  }
}
