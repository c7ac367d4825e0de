package dev.trunkline.shard;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * PostgreSQL's own grammar, compiled to WebAssembly, in a process of Node.js. npm fetches it into
 * {@code target/grammar}, by the lock file beside the tests; where that does not work, the tests
 * are skipped.
 */
final class RealGrammar implements AutoCloseable {
  private static final Path SOURCE = Path.of("src", "test", "resources", "grammar");
  private static final Path TARGET = Path.of("target", "grammar").toAbsolutePath();
  private static final int INSTALL_SECONDS = 60;

  private final Process process;
  private final BufferedWriter texts;
  private final BufferedReader answers;

  private RealGrammar(Process process) {
    this.process = process;
    this.texts = process.outputWriter(StandardCharsets.US_ASCII);
    this.answers = process.inputReader(StandardCharsets.US_ASCII);
  }

  /**
   * @param reader the script that reads the texts, and explains its answers
   */
  static RealGrammar start(String reader) throws IOException, InterruptedException {
    Files.createDirectories(TARGET);
    for (String file : List.of("package.json", "package-lock.json")) {
      Files.copy(SOURCE.resolve(file), TARGET.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    if (!Files.exists(TARGET.resolve("node_modules/libpg-query"))) {
      boolean fetched = run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
      assumeTrue(fetched, "npm is not installed, or fetches nothing: see " + TARGET);
    }
    assumeTrue(run("node", "--version"), "node is not installed");
    ProcessBuilder node =
        new ProcessBuilder("node", "" + SOURCE.resolve("serve.js"), "" + TARGET, reader);
    return new RealGrammar(node.redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  private static boolean run(String... command) throws InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(TARGET.toFile());
    builder.redirectErrorStream(true).redirectOutput(TARGET.resolve("log").toFile());
    try {
      Process process = builder.start();
      if (!process.waitFor(INSTALL_SECONDS, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        return false;
      }
      return process.exitValue() == 0;
    } catch (IOException e) {
      System.out.println(command[0] + " cannot be run: " + e.getMessage());
      return false;
    }
  }

  /** What it makes of each text. */
  List<String> read(List<String> batch) throws IOException {
    for (String text : batch) {
      texts.write('.');
      texts.write(Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
      texts.write('\n');
    }
    texts.write('\n');
    texts.flush();
    List<String> lines = new ArrayList<>(batch.size());
    for (int i = 0; i < batch.size(); i++) {
      String line = answers.readLine();
      if (line == null) {
        throw new IOException("node has ended at one of " + batch);
      }
      lines.add(line);
    }
    return lines;
  }

  @Override
  public void close() throws IOException {
    texts.close();
    process.destroy();
  }
}
