package dev.trunkline.proxy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.Test;

/** The arrows between modules and packages, and the rules of threads, as the design draws them. */
class ArchitectureTest {
  private static final String ROOT = "dev.trunkline.proxy.";
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.trunkline");

  private static void never(String from, String... to) {
    noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(to)
        .check(CLASSES);
  }

  private static String[] proxy(String... packages) {
    String[] names = new String[packages.length];
    for (int i = 0; i < packages.length; i++) {
      names[i] = ROOT + packages[i] + "..";
    }
    return names;
  }

  @Test
  void modulesKnowOnlyWhatIsBelowThem() {
    never("dev.trunkline.wire..", "dev.trunkline.proxy..", "dev.trunkline.admin..");
    never("dev.trunkline.wire..", "dev.trunkline.shard..", "io.netty.channel..");
    never("dev.trunkline.shard..", "dev.trunkline.wire..", "dev.trunkline.admin..");
    never("dev.trunkline.shard..", "dev.trunkline.proxy..");
    never("dev.trunkline.admin..", "dev.trunkline.proxy..", "dev.trunkline.shard..");
  }

  @Test
  void configKnowsNoOtherPackageOfTheProxy() {
    never(
        ROOT + "config..",
        proxy(
            "client",
            "server",
            "relay",
            "pool",
            "route",
            "auth",
            "metrics",
            "console",
            "gate",
            "swap",
            "darkread"));
  }

  @Test
  void metricsKnowNothingOfConnections() {
    never(
        ROOT + "metrics..", proxy("client", "server", "relay", "pool", "route", "auth", "console"));
  }

  @Test
  void serverKnowsNeitherClientNorRelayNorPool() {
    never(ROOT + "server..", proxy("client", "relay", "pool", "route", "console"));
  }

  @Test
  void poolKnowsNeitherClientNorRelay() {
    never(ROOT + "pool..", proxy("client", "relay", "route", "console"));
  }

  @Test
  void gateKnowsNothingOfConnections() {
    never(
        ROOT + "gate..",
        proxy("client", "server", "relay", "pool", "route", "auth", "console", "config", "swap"));
    never(ROOT + "gate..", "io.netty..", "dev.trunkline.shard..");
  }

  @Test
  void namesKnowsNothingOfTheProxy() {
    never(
        ROOT + "names..",
        proxy("client", "server", "relay", "pool", "route", "auth", "console", "config", "gate"));
    never(ROOT + "names..", "io.netty..", "dev.trunkline.shard..");
  }

  @Test
  void swapIsKnownToTheConsoleAlone() {
    never(ROOT + "(client|server|relay|pool|route|auth|config|metrics|gate)..", proxy("swap"));
    never(ROOT + "swap..", proxy("console", "relay"));
  }

  @Test
  void darkReadsKnowNothingOfClientsAndTheirPools() {
    never(ROOT + "darkread..", proxy("client", "pool", "route", "console", "swap"));
    never(ROOT + "(server|relay|pool|route|auth|config|metrics|gate)..", proxy("darkread"));
  }

  @Test
  void relayDoesNotKnowClient() {
    never(ROOT + "relay..", proxy("client", "route", "console"));
  }

  @Test
  void routeKnowsConfigAndShardOnly() {
    never(ROOT + "route..", proxy("client", "server", "relay", "pool", "auth", "console"));
    never(ROOT + "route..", "io.netty..");
  }

  @Test
  void authKnowsWireAndConfigOnly() {
    never(ROOT + "auth..", proxy("client", "server", "relay", "pool", "route", "console"));
    never(ROOT + "auth..", "dev.trunkline.shard..");
  }

  @Test
  void onlyTheConsoleAndTheWiringKnowTheAdminModule() {
    never(
        ROOT + "(client|server|relay|pool|route|auth|config|metrics|gate|swap|darkread)..",
        "dev.trunkline.admin..");
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.trunkline.proxy.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  /** Each connection object has one owner thread; what threads share is elsewhere. */
  @Test
  void connectionsHaveNeitherLocksNorVolatileFields() {
    fields()
        .that()
        .areDeclaredInClassesThat()
        .resideInAnyPackage(proxy("client", "server", "relay"))
        .and()
        // One per process, asked at login: no connection's state.
        .areNotDeclaredIn("dev.trunkline.proxy.client.Admission")
        .should()
        .notHaveModifier(JavaModifier.VOLATILE)
        .andShould()
        .notHaveRawType(
            com.tngtech.archunit.base.DescribedPredicate.describe(
                "a lock", type -> type.isAssignableTo(Lock.class)))
        .check(CLASSES);
  }

  @Test
  void theDataPathUsesNoStreams() {
    noClasses()
        .that()
        .resideInAnyPackage(proxy("client", "server", "relay"))
        .and()
        // Once per login.
        .doNotHaveFullyQualifiedName("dev.trunkline.proxy.client.ClientStartup")
        .and()
        .doNotHaveFullyQualifiedName("dev.trunkline.proxy.client.StartupRequest")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.util.stream..")
        .check(CLASSES);
  }
}
