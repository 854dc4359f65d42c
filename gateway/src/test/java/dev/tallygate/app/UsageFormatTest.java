package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.usage.UsageGrouping;
import dev.tallygate.usage.UsageReport;
import dev.tallygate.usage.UsageRow;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class UsageFormatTest {
  private static final Instant SINCE = Instant.parse("2026-01-17T12:00:00Z");
  private static final Instant LAST = Instant.parse("2026-01-18T11:59:58.765Z");

  private static UsageReport report(UsageGrouping by, UsageRow... rows) {
    return new UsageReport(List.of(by), SINCE, null, List.of(rows), true);
  }

  private static UsageRow row(String group) {
    return new UsageRow(List.of(group), 1, 2, 3, 4, 5, 6, LAST);
  }

  @Test
  void table_isAligned_andEndsWithTotals() {
    UsageReport report =
        report(
            UsageGrouping.KEY,
            new UsageRow(List.of("k_0123456789ab"), 12_345, 1_234_567, 1_000, 0, 98_765, 7, LAST),
            new UsageRow(List.of("ada"), 1, 2, 0, 0, 3, 0, SINCE));
    assertThat(UsageFormat.TABLE.text(report))
        .isEqualTo(
            """
            Usage since 2026-01-17T12:00:00Z

            key             requests      input  cache_read  cache_written  output      total  estimated  last_used
            --------------  --------  ---------  ----------  -------------  ------  ---------  ---------  --------------------
            k_0123456789ab    12,345  1,234,567       1,000              0  98,765  1,333,332          7  2026-01-18T11:59:58Z
            ada                    1          2           0              0       3          5          0  2026-01-17T12:00:00Z
            --------------  --------  ---------  ----------  -------------  ------  ---------  ---------  --------------------
            total             12,346  1,234,569       1,000              0  98,768  1,333,337          7  2026-01-18T11:59:58Z
            """);
  }

  @Test
  void twoGroupings_haveAColumnEach_inEveryFormat() {
    UsageReport report =
        new UsageReport(
            List.of(UsageGrouping.KEY, UsageGrouping.MODEL),
            SINCE,
            null,
            List.of(new UsageRow(List.of("ada", "glm-4.7"), 1, 2, 3, 4, 5, 6, LAST)),
            true);
    assertThat(UsageFormat.TABLE.text(report).lines().skip(2).map(line -> line.split(" +", -1)[1]))
        .containsExactly("model", "-------", "glm-4.7", "-------", "1");
    assertThat(UsageFormat.CSV.text(report))
        .startsWith("key,model,requests,")
        .contains("ada,glm-4.7,1,");
    JsonNode row = JsonMapper.shared().readTree(UsageFormat.JSON.text(report)).get(0);
    assertThat(row.path("key").asString()).isEqualTo("ada");
    assertThat(row.path("model").asString()).isEqualTo("glm-4.7");
  }

  @Test
  void table_ofNothing_hasTotalsOfZero() {
    assertThat(UsageFormat.TABLE.text(report(UsageGrouping.HOUR)).lines().toList())
        .hasSize(6)
        .last()
        .asString()
        .matches("total +0 +0 +0 +0 +0 +0 +0 +");
  }

  @Test
  void tableOfModels_showsNoControlCharacters_andNamesTheNameless() {
    UsageReport report = report(UsageGrouping.MODEL, row("evil\u001b[2J\nk_1  999"), row(""));
    assertThat(UsageFormat.TABLE.text(report))
        .contains("\nevil?[2J?k_1  999  ", "\n(none)  ")
        .doesNotContain("\u001b");
  }

  @Test
  void csv_quotesWhatNeedsIt_andHoldsNoFormula() {
    UsageReport report =
        report(
            UsageGrouping.MODEL,
            row("glm-4.7"),
            row("a,b"),
            row("say \"hi\""),
            row("two\nlines"),
            row("=1+cmd|' /C x'!A0"),
            row("@cf/model"),
            row("a=b"),
            row(""));
    String numbers = ",1,2,3,4,5,7,6,2026-01-18T11:59:58Z\r\n";
    assertThat(UsageFormat.CSV.text(report))
        .isEqualTo(
            "model,requests,input,cache_read,cache_written,output,total,estimated,last_used\r\n"
                + Stream.of(
                        "glm-4.7",
                        "\"a,b\"",
                        "\"say \"\"hi\"\"\"",
                        "two?lines",
                        "'=1+cmd|' /C x'!A0",
                        "'@cf/model",
                        "a=b",
                        "")
                    .map(group -> group + numbers)
                    .reduce("", String::concat));
  }

  @Test
  void json_hasNumbersAsNumbers_whateverTheNames() {
    String name = "a,b \"c\" \\ \n é \u001b";
    String text = UsageFormat.JSON.text(report(UsageGrouping.MODEL, row(name), row("")));
    assertThat(text).endsWith("]\n");
    JsonNode read = JsonMapper.shared().readTree(text);
    assertThat(read.get(0).propertyNames())
        .containsExactly(
            "model",
            "requests",
            "input",
            "cache_read",
            "cache_written",
            "output",
            "total",
            "estimated",
            "last_used");
    assertThat(read.get(0).get("model").asString()).isEqualTo(name);
    assertThat(read.get(0).get("total").isIntegralNumber()).isTrue();
    assertThat(read.get(0).get("total").asLong()).isEqualTo(7);
    assertThat(read.get(0).get("last_used").asString()).isEqualTo("2026-01-18T11:59:58Z");
    assertThat(read.get(1).get("model").asString()).isEmpty();
  }

  @Test
  void nothing_isAHeaderAndAnEmptyArray() {
    assertThat(UsageFormat.CSV.text(report(UsageGrouping.HOUR)))
        .isEqualTo(
            "hour,requests,input,cache_read,cache_written,output,total,estimated,last_used\r\n");
    assertThat(UsageFormat.JSON.text(report(UsageGrouping.HOUR))).isEqualTo("[]\n");
  }
}
