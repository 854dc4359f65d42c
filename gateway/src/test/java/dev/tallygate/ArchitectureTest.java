package dev.tallygate;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import java.util.Date;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds the arrows between the packages: imports go one way, downward. */
class ArchitectureTest {
  @SuppressWarnings("NullAway.Init")
  private static JavaClasses classes;

  @BeforeAll
  static void readClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.tallygate");
  }

  @Test
  void imports_goDownward() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("app")
        .definedBy("dev.tallygate.app..")
        .layer("server")
        .definedBy("dev.tallygate.server..")
        .layer("admin")
        .definedBy("dev.tallygate.admin..")
        .layer("metrics")
        .definedBy("dev.tallygate.metrics..")
        .layer("tracing")
        .definedBy("dev.tallygate.tracing..")
        .layer("store")
        .definedBy("dev.tallygate.store..")
        .layer("demo")
        .definedBy("dev.tallygate.demo..")
        .layer("proxy")
        .definedBy("dev.tallygate.proxy..")
        .layer("keys")
        .definedBy("dev.tallygate.keys..")
        .layer("auth")
        .definedBy("dev.tallygate.auth..")
        .layer("quota")
        .definedBy("dev.tallygate.quota..")
        .layer("route")
        .definedBy("dev.tallygate.route..")
        .layer("usage")
        .definedBy("dev.tallygate.usage..")
        .layer("upstream")
        .definedBy("dev.tallygate.upstream..")
        .layer("config")
        .definedBy("dev.tallygate.config..")
        .layer("pages")
        .definedBy("dev.tallygate.pages..")
        .layer("model")
        .definedBy("dev.tallygate.model..")
        .whereLayer("app")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("server")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("admin")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("metrics")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("tracing")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("store")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("demo")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("config")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("proxy")
        .mayOnlyBeAccessedByLayers("app", "server", "admin", "metrics", "tracing")
        .whereLayer("pages")
        .mayOnlyBeAccessedByLayers("server", "admin")
        .whereLayer("keys")
        .mayOnlyBeAccessedByLayers("app", "admin")
        .whereLayer("auth")
        .mayOnlyBeAccessedByLayers("app", "server", "admin", "metrics", "store", "proxy", "keys")
        .whereLayer("quota")
        .mayOnlyBeAccessedByLayers("app", "server", "admin", "metrics", "store", "proxy")
        .whereLayer("route")
        .mayOnlyBeAccessedByLayers("app", "server", "metrics", "tracing", "proxy")
        .whereLayer("upstream")
        .mayOnlyBeAccessedByLayers("app", "proxy")
        .whereLayer("usage")
        .mayOnlyBeAccessedByLayers("app", "server", "admin", "store", "proxy")
        .check(classes);
  }

  @Test
  void packages_areFreeOfCycles() {
    slices().matching("dev.tallygate.(*)..").should().beFreeOfCycles().check(classes);
  }

  @Test
  void decisions_knowNoProtocolNorStorage() {
    noClasses()
        .that(
            resideInAPackage("dev.tallygate.auth..")
                .or(resideInAPackage("dev.tallygate.quota.."))
                .or(resideInAPackage("dev.tallygate.route.."))
                .or(resideInAPackage("dev.tallygate.upstream.."))
                .or(resideInAPackage("dev.tallygate.usage.."))
                .or(resideInAPackage("dev.tallygate.keys.."))
                .or(resideInAPackage("dev.tallygate.model..")))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.netty..", "java.sql..", "java.net..", "com.sun.net..", "picocli..")
        .check(classes);
  }

  @Test
  void sql_staysInTheStore() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.tallygate.store..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.sql..", "javax.sql..")
        .check(classes);
  }

  @Test
  void environment_isReadByConfigOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.tallygate.config..")
        .should()
        .callMethod(System.class, "getenv")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .check(classes);
  }

  @Test
  void time_comesFromTheTickerOnly() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("dev.tallygate.model.SystemTicker")
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .callConstructor(Date.class)
        .check(classes);
  }
}
