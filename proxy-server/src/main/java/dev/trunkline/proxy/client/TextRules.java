package dev.trunkline.proxy.client;

import java.util.Map;

/** By which settings the client's texts are read: its own, or else those servers begin with. */
final class TextRules {
  private static final String STANDARD_STRINGS = "standard_conforming_strings";
  private static final String CLIENT_ENCODING = "client_encoding";

  private final SettingTracker settings;
  private String serverStrings = "on";
  private String serverEncoding;

  TextRules(SettingTracker settings) {
    this.settings = settings;
  }

  /**
   * What counts where the client sets nothing.
   *
   * @param parameters what servers of the database report at login
   */
  void startsWith(Map<String, String> parameters) {
    serverStrings = parameters.getOrDefault(STANDARD_STRINGS, "on");
    serverEncoding = parameters.get(CLIENT_ENCODING);
  }

  /**
   * Whether a backslash in a string is an ordinary character. A server reads all of a Query before
   * it runs any of it, so what the text itself sets does not matter.
   */
  boolean standardStrings() {
    String set = settings.wanted().get(STANDARD_STRINGS);
    return !PgBoolean.isFalse(set == null ? serverStrings : set);
  }

  /** The encoding of the client's texts, null for the servers' own. */
  String encoding() {
    String set = settings.wanted().get(CLIENT_ENCODING);
    return set == null ? serverEncoding : set;
  }
}
