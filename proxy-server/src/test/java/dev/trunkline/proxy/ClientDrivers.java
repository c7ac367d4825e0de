package dev.trunkline.proxy;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Other languages' drivers, fetched by their package managers into {@code target/clients} and kept
 * there. Where a toolchain or its registry is missing or too slow, the test is skipped.
 */
final class ClientDrivers {
  private static final Path ROOT = Path.of("target", "clients").toAbsolutePath();
  private static final Path SCRIPTS = Path.of("src", "test", "resources", "clients");

  /** What is left for the fetching of all drivers, however slow the registries are. */
  private static Duration budget = Duration.ofSeconds(170);

  private static final String CARGO =
      """
      [package]
      name = "client"
      version = "0.0.0"
      edition = "2021"
      [dependencies]
      tokio = { version = "1", default-features = false, features = ["rt", "net"] }
      tokio-postgres = "0.7"
      [workspace]
      """;

  private ClientDrivers() {}

  static boolean installed(String program) {
    if (Path.of(program).isAbsolute()) {
      return Files.isExecutable(Path.of(program));
    }
    for (String directory : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(directory, program))) {
        return true;
      }
    }
    return false;
  }

  /**
   * A command that runs a script with a Python driver; {@code TRUNKLINE_TEST_PYTHON} comes first.
   */
  static String[] python(String driver) throws IOException, InterruptedException {
    String name = driver.equals("psycopg") ? "psycopg[binary]" : driver;
    return python(driver + "_client.py", List.of(driver), List.of(name));
  }

  /** A command that runs the script with SQLAlchemy. */
  static String[] sqlAlchemy() throws IOException, InterruptedException {
    List<String> packages = List.of("sqlalchemy==2.*", "psycopg[binary]");
    return python("sqlalchemy_client.py", List.of("sqlalchemy", "psycopg"), packages);
  }

  /** A command that runs the script which copies. */
  static String[] copying() throws IOException, InterruptedException {
    return python(
        "copy_client.py", List.of("asyncpg", "psycopg"), List.of("asyncpg", "psycopg[binary]"));
  }

  private static String[] python(String file, List<String> modules, List<String> packages)
      throws IOException, InterruptedException {
    String script = "" + SCRIPTS.resolve(file);
    String wanted = String.join(", ", modules);
    String python = System.getenv().getOrDefault("TRUNKLINE_TEST_PYTHON", "python3");
    if (imports(python, wanted)) {
      return new String[] {python, script};
    }
    Path directory = Files.createDirectories(ROOT.resolve("python"));
    String own = directory.resolve("bin/python").toString();
    if (!imports(own, "pip")) {
      fetch(directory, 60, python, "-m", "venv", "--clear", ".");
    }
    if (!imports(own, wanted)) {
      List<String> install =
          new ArrayList<>(List.of(own, "-m", "pip", "install", "--no-input", "--retries=1"));
      install.addAll(packages);
      fetch(directory, 60, install.toArray(String[]::new));
    }
    return new String[] {own, script};
  }

  static String[] node() throws IOException, InterruptedException {
    return node("node");
  }

  /** A command that runs the script with Sequelize. */
  static String[] sequelize() throws IOException, InterruptedException {
    return node("sequelize");
  }

  /** A command that runs the script with TypeORM. */
  static String[] typeOrm() throws IOException, InterruptedException {
    return node("typeorm");
  }

  /**
   * A command that runs the script with Prisma. Its driver adapter needs no engine; the program
   * that generates the client would fetch one for migrations, which are not made here.
   */
  static String[] prisma() throws IOException, InterruptedException {
    String[] command = node("prisma");
    copy("prisma/schema.prisma", "prisma/schema.prisma");
    Path directory = ROOT.resolve("prisma");
    if (!Files.exists(directory.resolve("node_modules/.prisma/client/schema.prisma"))) {
      fetch(
          directory,
          60,
          "env",
          "PRISMA_SCHEMA_ENGINE_BINARY=/bin/true",
          "npx",
          "--no-install",
          "prisma",
          "generate",
          "--schema=schema.prisma");
    }
    return command;
  }

  /** The packages are those of the lock file, fetched anew when it changes. */
  private static String[] node(String name) throws IOException, InterruptedException {
    Path lock = ROOT.resolve(name + "/package-lock.json");
    Path wanted = SCRIPTS.resolve(name + "/package-lock.json");
    Path installed = ROOT.resolve(name + "/node_modules/.package-lock.json");
    boolean current =
        Files.exists(installed) && Files.exists(lock) && Files.mismatch(lock, wanted) < 0;
    Path script = copy(name + "/client.js", name + "/client.js");
    if (!current) {
      copy(name + "/package.json", name + "/package.json");
      copy(name + "/package-lock.json", name + "/package-lock.json");
      Path directory = ROOT.resolve(name);
      fetch(directory, 60, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
    }
    return new String[] {"node", "" + script};
  }

  /** A command that runs a program in Go, such as {@code pgx} for pgx_client.go. */
  static String[] go(String name) throws IOException, InterruptedException {
    copy(name + "_client.go", "go-" + name + "/main.go");
    Path directory = ROOT.resolve("go-" + name);
    Path module = directory.resolve("go.mod");
    if (!Files.exists(module)) {
      Files.writeString(module, "module client\n\ngo 1.24\n");
    }
    fetch(directory, 90, "go", "mod", "tidy");
    fetch(directory, 90, "go", "build", "-o", "client", ".");
    return new String[] {"" + directory.resolve("client")};
  }

  static String[] tokio() throws IOException, InterruptedException {
    copy("tokio_client.rs", "rust/src/main.rs");
    Path directory = ROOT.resolve("rust");
    Files.writeString(directory.resolve("Cargo.toml"), CARGO);
    fetch(directory, 150, "cargo", "build", "-q", "--target-dir", "target");
    return new String[] {"" + directory.resolve("target/debug/client")};
  }

  private static Path copy(String script, String name) throws IOException {
    Path copy = ROOT.resolve(name);
    Files.createDirectories(copy.resolve("..").normalize());
    return Files.copy(SCRIPTS.resolve(script), copy, StandardCopyOption.REPLACE_EXISTING);
  }

  private static boolean imports(String python, String module)
      throws IOException, InterruptedException {
    return installed(python)
        && run(Path.of("").toAbsolutePath(), 30, python, "-c", "import " + module);
  }

  /** Runs a package manager or a compiler; skips the test when it fails or takes too long. */
  private static void fetch(Path directory, long seconds, String... command)
      throws IOException, InterruptedException {
    assumeTrue(installed(command[0]), command[0] + " is not installed");
    long left = Math.min(seconds, budget.toSeconds());
    String text = String.join(" ", command);
    assumeTrue(left > 0, "no time is left for " + text);
    long start = System.nanoTime();
    boolean fetched = run(directory, left, command);
    budget = budget.minusNanos(System.nanoTime() - start);
    assumeTrue(fetched, text + " failed or took over " + left + " s, see " + ROOT.resolve("log"));
  }

  private static boolean run(Path directory, long seconds, String... command)
      throws IOException, InterruptedException {
    Path log = Files.createDirectories(ROOT).resolve("log");
    ProcessBuilder builder = new ProcessBuilder(List.of(command)).redirectErrorStream(true);
    builder.directory(directory.toFile()).redirectOutput(log.toFile());
    Process process = builder.start();
    boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    return ended && process.exitValue() == 0;
  }
}
