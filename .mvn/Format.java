import com.google.googlejavaformat.java.Formatter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checks ({@code check}) or rewrites ({@code fix}) every Java file of the tree with
 * google-java-format. A source-launched program, so that the formatter runs on the JDK that
 * understands the sources, whatever JDK Maven itself runs on.
 */
class Format {
  public static void main(String[] args) throws Exception {
    boolean fix = args[0].equals("fix");
    Formatter formatter = new Formatter();
    List<Path> wrong = new ArrayList<>();
    for (Path file : sources()) {
      String text = Files.readString(file);
      String formatted = formatter.formatSourceAndFixImports(text);
      if (formatted.equals(text)) {
        continue;
      }
      wrong.add(file);
      if (fix) {
        Files.writeString(file, formatted);
      }
    }
    report(wrong, fix);
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> walk = Files.walk(Path.of("."))) {
      return walk.filter(path -> path.toString().endsWith(".java"))
          .filter(path -> !path.toString().contains("/target/"))
          .sorted()
          .toList();
    }
  }

  private static void report(List<Path> wrong, boolean fix) {
    wrong.forEach(path -> System.out.println((fix ? "formatted " : "not formatted: ") + path));
    if (!fix && !wrong.isEmpty()) {
      System.out.println("run: mvn -N process-resources -Dformat=fix");
      System.exit(1);
    }
  }
}
