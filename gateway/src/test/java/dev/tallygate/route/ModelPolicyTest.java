package dev.tallygate.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallygate.model.ApiKey;
import dev.tallygate.model.ApiKeys;
import dev.tallygate.route.ModelChoice.Chosen;
import dev.tallygate.route.ModelChoice.NoModel;
import dev.tallygate.route.ModelChoice.NotAllowed;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelPolicyTest {
  private final ModelPolicy policy = new ModelPolicy();
  private final ApiKey plain = ApiKeys.key("pk_plain");
  private final ApiKey fixed = ApiKeys.with("pk_fixed").model("glm-4.7").make();
  private final ApiKey free = ApiKeys.with("pk_free").model("*").make();
  private final ApiKey listed = ApiKeys.with("pk_list").models("glm-4.7", "glm-4.5-air").make();

  @Test
  void ownModel_winsOverWhatTheClientAsks() {
    assertThat(policy.choose(fixed, "gpt-5", "other")).isEqualTo(new Chosen("glm-4.7"));
    assertThat(policy.choose(fixed, null, "*")).isEqualTo(new Chosen("glm-4.7"));
  }

  @Test
  void ownModel_winsOverTheAllowList() {
    ApiKey both = ApiKeys.with("pk_both").model("glm-4.7").models("a", "b").make();
    assertThat(policy.choose(both, "a", "d")).isEqualTo(new Chosen("glm-4.7"));
  }

  @Test
  void defaultModel_isForKeysThatSayNothing() {
    assertThat(policy.choose(plain, "gpt-5", "glm-4.7")).isEqualTo(new Chosen("glm-4.7"));
    assertThat(policy.choose(plain, null, "glm-4.7")).isEqualTo(new Chosen("glm-4.7"));
  }

  @Test
  void star_isAsTheClientAsks() {
    assertThat(policy.choose(free, "gpt-5", "glm-4.7")).isEqualTo(new Chosen("gpt-5"));
    assertThat(policy.choose(free, null, "glm-4.7")).isEqualTo(new NoModel());
    assertThat(policy.choose(free, "", "glm-4.7")).isEqualTo(new NoModel());
    assertThat(policy.choose(plain, "gpt-5", "*")).isEqualTo(new Chosen("gpt-5"));
    assertThat(policy.choose(plain, null, "*")).isEqualTo(new NoModel());
  }

  @Test
  void allowList_leavesTheChoiceWithinIt() {
    assertThat(policy.choose(listed, "glm-4.5-air", "d")).isEqualTo(new Chosen("glm-4.5-air"));
    assertThat(policy.choose(listed, null, "d")).isEqualTo(new Chosen("glm-4.7"));
    assertThat(policy.choose(listed, "gpt-5", "*"))
        .isEqualTo(new NotAllowed("gpt-5", List.of("glm-4.7", "glm-4.5-air")));
  }

  @Test
  void allowList_bindsAKeyWhoseModelIsStar() {
    ApiKey key = ApiKeys.with("pk_s").model("*").models("a", "b").make();
    assertThat(policy.choose(key, "b", "d")).isEqualTo(new Chosen("b"));
    assertThat(policy.choose(key, "c", "d")).isEqualTo(new NotAllowed("c", List.of("a", "b")));
    assertThat(policy.choose(key, null, "d")).isEqualTo(new Chosen("a"));
  }

  @Test
  void starOnTheAllowList_allowsAnything() {
    ApiKey key = ApiKeys.with("pk_any").models("*", "a").make();
    assertThat(policy.choose(key, "c", "d")).isEqualTo(new Chosen("c"));
    assertThat(policy.choose(key, null, "d")).isEqualTo(new NoModel());
    assertThat(policy.allowed(key, "c")).isTrue();
  }

  @Test
  void allowed_checksOnlyTheAllowList() {
    assertThat(policy.allowed(plain, "embedding-3")).isTrue();
    assertThat(policy.allowed(fixed, "embedding-3")).isTrue();
    assertThat(policy.allowed(listed, "embedding-3")).isFalse();
    assertThat(policy.allowed(listed, "glm-4.7")).isTrue();
    assertThat(policy.allowed(listed, null)).isTrue();
    ApiKey both = ApiKeys.with("pk_both").model("own").models("a").make();
    assertThat(policy.allowed(both, "own")).isTrue();
    assertThat(policy.allowed(both, "b")).isFalse();
  }
}
