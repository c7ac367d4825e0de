package dev.trunkline.proxy.storm;

import dev.trunkline.wire.ErrorFields;
import java.util.ArrayList;
import java.util.List;

/** What a server said up to a ReadyForQuery, or to its last one. */
final class Reply {
  private final List<String> rows = new ArrayList<>();
  private final List<String> tags = new ArrayList<>();
  private final List<String> perReady = new ArrayList<>();
  private String error;
  private String message;
  private String pending;
  private boolean fatal;
  private byte status;

  void ready(byte transactionStatus) {
    status = transactionStatus;
    perReady.add(pending == null ? "" : pending);
    pending = null;
  }

  void failed(ErrorFields fields) {
    if (error == null) {
      error = fields.sqlstate();
      message = fields.message() + " / " + fields.detail();
    }
    pending = fields.sqlstate();
    fatal = fields.severity().equals("FATAL");
  }

  void row(String text) {
    rows.add(text);
  }

  void complete(String tag) {
    tags.add(tag);
  }

  int readies() {
    return perReady.size();
  }

  /** SQLSTATE of the batch that the n-th ReadyForQuery ended, from 0; "" when it succeeded. */
  String errorOf(int batch) {
    return perReady.get(batch);
  }

  /** Columns joined by a bar. */
  List<String> rows() {
    return rows;
  }

  List<String> tags() {
    return tags;
  }

  /** SQLSTATE of the first error, or null. */
  String error() {
    return error;
  }

  String message() {
    return message;
  }

  /** The connection is over. */
  boolean fatal() {
    return fatal;
  }

  /** I, T or E, of the last ReadyForQuery. */
  byte status() {
    return status;
  }

  boolean ok() {
    return error == null;
  }

  @Override
  public String toString() {
    return "rows " + rows + ", tags " + tags + ", errors " + perReady + " " + error + " " + message;
  }
}
