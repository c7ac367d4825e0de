package dev.trunkline.shard;

import java.util.List;

/**
 * The server settings by which PostgreSQL reads the text of a statement, or folds its constants,
 * when it prepares it: the same text prepared under other values may mean something else. In lower
 * case, sorted. The search_path and the role are not among them: a plan is made anew when they
 * change.
 */
public final class ReadingSettings {
  public static final List<String> NAMES =
      List.of(
          "array_nulls",
          "backslash_quote",
          "bytea_output",
          "client_encoding",
          "datestyle",
          "default_text_search_config",
          "escape_string_warning",
          "extra_float_digits",
          "intervalstyle",
          "lc_messages",
          "lc_monetary",
          "lc_numeric",
          "lc_time",
          "quote_all_identifiers",
          "standard_conforming_strings",
          "timezone",
          "timezone_abbreviations",
          "transform_null_equals",
          "xmlbinary",
          "xmloption");

  private ReadingSettings() {}
}
