package dev.trunkline.proxy.darkread;

import java.time.Instant;
import java.util.List;

/**
 * A read whose answers differ although both sides stand still.
 *
 * @param fingerprint of the statement without its values
 * @param statement without its values
 * @param workspace null for none
 * @param keys the values it was asked with
 * @param columns that differ, where both sides have as many rows
 * @param old the rows on the old side
 * @param fresh the rows on the new side
 */
public record Mismatch(
    Instant at,
    String scope,
    String against,
    String workspace,
    String fingerprint,
    String statement,
    List<String> keys,
    List<String> columns,
    Rows old,
    Rows fresh) {
  /**
   * What is kept of rows.
   *
   * @param values null unless the operator allows them to be kept
   */
  public record Rows(int count, String digest, String values) {}
}
