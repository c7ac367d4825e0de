package dev.trunkline.proxy.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A heading of the manual and the settings declared under it, in their order. */
final class Section {
  private final String title;
  private final List<Setting<?>> settings = new ArrayList<>();

  Section(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  List<Setting<?>> settings() {
    return List.copyOf(settings);
  }

  /** A setting that RELOAD and SET apply. */
  <T> Setting<T> live(String name, String byDefault, Function<String, T> parser, String doc) {
    return declare(new Setting<>(name, byDefault, true, parser, doc));
  }

  /** A setting that needs a restart. */
  <T> Setting<T> atStart(String name, String byDefault, Function<String, T> parser, String doc) {
    return declare(new Setting<>(name, byDefault, false, parser, doc));
  }

  /** A setting that RELOAD and SET apply, with another default in a pgbouncer.ini. */
  <T> Setting<T> live(
      String name, String byDefault, Function<String, T> parser, String iniDefault, String doc) {
    return declare(new Setting<>(name, byDefault, true, parser, doc).inIni(iniDefault));
  }

  /** A setting that needs a restart, with another default in a pgbouncer.ini. */
  <T> Setting<T> atStart(
      String name, String byDefault, Function<String, T> parser, String iniDefault, String doc) {
    return declare(new Setting<>(name, byDefault, false, parser, doc).inIni(iniDefault));
  }

  /** A setting of PgBouncer that is checked and shown, and for that reason changes nothing. */
  <T> Setting<T> liveWithoutEffect(
      String name, String byDefault, Function<String, T> parser, String reason) {
    return declare(new Setting<>(name, byDefault, true, parser, reason).withoutEffect());
  }

  /** As {@link #liveWithoutEffect}, for one that PgBouncer takes at the start only. */
  <T> Setting<T> atStartWithoutEffect(
      String name, String byDefault, Function<String, T> parser, String reason) {
    return declare(new Setting<>(name, byDefault, false, parser, reason).withoutEffect());
  }

  Setting<Integer> count(String name, String byDefault, String doc) {
    return live(name, byDefault, Values::count, doc);
  }

  Setting<Boolean> flag(String name, String byDefault, String doc) {
    return live(name, byDefault, Values::bool, doc);
  }

  Setting<Duration> time(String name, String byDefault, String doc) {
    return live(name, byDefault, Values::duration, doc);
  }

  Setting<Long> size(String name, long byDefault, String doc) {
    return live(name, Long.toString(byDefault), Values::size, doc);
  }

  Setting<Long> sizeAtStart(String name, long byDefault, String doc) {
    return atStart(name, Long.toString(byDefault), Values::size, doc);
  }

  Setting<String> text(String name, String byDefault, String doc) {
    return live(name, byDefault, Values::string, doc);
  }

  /** Name of a file, "" for none. */
  Setting<String> file(String name, String byDefault, String doc) {
    return live(name, byDefault, Values::file, doc);
  }

  Setting<List<String>> list(String name, String byDefault, String doc) {
    return live(name, byDefault, Values::list, doc);
  }

  private <T> Setting<T> declare(Setting<T> setting) {
    settings.add(setting);
    return setting;
  }
}
