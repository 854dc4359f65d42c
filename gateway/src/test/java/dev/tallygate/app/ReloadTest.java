package dev.tallygate.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
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
import org.slf4j.Logger;

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
    LoggerContext own = new LoggerContext();
    Logs.level(own, Config.Logging.Level.WARN);
    assertThat(own.getLogger("dev.tallygate").getLevel()).isEqualTo(Level.WARN);
    assertThat(own.getLogger(Logger.ROOT_LOGGER_NAME).getLevel()).isEqualTo(Level.WARN);
  }
}
