package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.config.Config;
import dev.tallygate.config.ConfigLoader;
import dev.tallygate.config.ConfigResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadTest {
  @TempDir Path folder;

  private final List<String> models = new ArrayList<>();
  private final Reloadable model = config -> models.add(config.keys().defaultModel());

  private ConfigResult load() {
    return new ConfigLoader(Map.of(), folder).load(Map.of(), List.of());
  }

  private Reload reload(Reloadable... parts) {
    return new Reload((ConfigResult.Loaded) load(), this::load, List.of(parts));
  }

  private void dotEnv(String text) throws IOException {
    Files.writeString(folder.resolve(".env"), text);
  }

  @Test
  void parts_areHandedWhatStandsThereNow() throws Exception {
    Reload reload = reload(model);
    dotEnv("DEFAULT_MODEL=one");
    reload.run();
    dotEnv("DEFAULT_MODEL=two");
    reload.run();
    assertThat(models).containsExactly("one", "two");
  }

  @Test
  void mistakes_reachNobody() throws Exception {
    Reload reload = reload(model);
    dotEnv("DEFAULT_MODEL=one\nPORT=ninety");
    reload.run();
    assertThat(models).isEmpty();
  }

  @Test
  void partThatCannot_keepsNoneOfTheOthersFromIt() {
    Reloadable failing =
        config -> {
          throw new IOException("no such file");
        };
    Reloadable wrong =
        config -> {
          throw new IllegalStateException("a bug");
        };
    reload(failing, wrong, model).run();
    assertThat(models).containsExactly("glm-4.7");
  }

  @Test
  void logLevel_isThatOfTheConfiguration() {
    ch.qos.logback.classic.Logger ours =
        (ch.qos.logback.classic.Logger) org.slf4j.LoggerFactory.getLogger("dev.tallygate");
    ch.qos.logback.classic.Level before = ours.getLevel();
    try {
      Logs.level(Config.Logging.Level.WARN);
      assertThat(ours.getLevel()).isEqualTo(ch.qos.logback.classic.Level.WARN);
    } finally {
      ours.setLevel(before);
    }
  }
}
