package dev.trunkline.shard;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * What is known of all statements of one canonical text: where their key is, or why they have none.
 * Immutable, but for a count.
 */
public final class SqlShape {
  /** The columns of COPY data, and which of them has the key. */
  private record Copied(int column, int columns, CopyFormat format, KeyType type) {}

  /** What kind of answer it is. */
  public enum Kind {
    /** The key is in parameters or literals, which must all be equal. */
    KEYED,
    /** The key is in a column of the COPY data. */
    COPY,
    /** EXECUTE: the key is found with the prepared statement's shape; see {@link #executing}. */
    EXECUTE,
    /** It reads reference tables alone: any workspace will do. */
    REFERENCE,
    /** There is no telling; {@link #miss} says why. */
    MISS
  }

  private final Kind kind;
  private final List<KeySource> sources;
  private final RouteMiss miss;
  private final boolean readOnly;
  private final String prepared;
  private final List<KeySource> arguments;
  private final Copied copied;
  private final boolean unkeyed;
  private final LongAdder refusals = new LongAdder();

  private SqlShape(
      Kind kind,
      List<KeySource> sources,
      RouteMiss miss,
      boolean readOnly,
      String prepared,
      List<KeySource> arguments,
      Copied copied,
      boolean unkeyed) {
    this.kind = kind;
    this.sources = List.copyOf(sources);
    this.miss = miss;
    this.readOnly = readOnly;
    this.prepared = prepared;
    this.arguments = arguments;
    this.copied = copied;
    this.unkeyed = unkeyed;
  }

  static SqlShape keyed(List<KeySource> sources, boolean readOnly) {
    Kind kind = sources.isEmpty() ? Kind.REFERENCE : Kind.KEYED;
    return new SqlShape(kind, sources, null, readOnly, null, List.of(), null, false);
  }

  static SqlShape miss(RouteMiss miss) {
    return new SqlShape(Kind.MISS, List.of(), miss, false, null, List.of(), null, false);
  }

  /**
   * @param sources of what it says about keys all the same
   */
  static SqlShape unkeyed(RouteMiss miss, List<KeySource> sources) {
    return new SqlShape(Kind.MISS, sources, miss, false, null, List.of(), null, true);
  }

  static SqlShape copy(int column, int columns, CopyFormat format, KeyType type) {
    Copied copied = new Copied(column, columns, format, type);
    return new SqlShape(Kind.COPY, List.of(), null, false, null, List.of(), copied, false);
  }

  /**
   * @param arguments null for those that are neither parameter nor literal
   */
  static SqlShape execute(String name, List<KeySource> arguments) {
    List<KeySource> copy = new ArrayList<>(arguments);
    return new SqlShape(Kind.EXECUTE, List.of(), null, false, name, copy, null, false);
  }

  /** The shape of PREPARE: that of its body, with the name it gets. */
  SqlShape preparedAs(String name) {
    return new SqlShape(kind, sources, miss, readOnly, name, arguments, copied, unkeyed);
  }

  public Kind kind() {
    return kind;
  }

  /** Where the key is; all of them must have the same value. */
  public List<KeySource> sources() {
    return sources;
  }

  /** Why there is no telling; null unless the kind is {@link Kind#MISS}. */
  public RouteMiss miss() {
    return miss;
  }

  /**
   * Whether a miss is understood in full: it touches rows of one schema that are there already, by
   * something else than their key, and makes none. It may run where its transaction does if none of
   * its {@link #sources} says otherwise.
   */
  public boolean unkeyed() {
    return unkeyed;
  }

  /** A statement of this shape has been refused for want of a key. */
  public void refused() {
    refusals.increment();
  }

  /** How many have been. */
  public long refusals() {
    return refusals.sum();
  }

  /** Whether literals say something about the key, so that the text has to be at hand. */
  public boolean hasLiterals() {
    for (int i = 0; i < sources.size(); i++) {
      if (!sources.get(i).kind().parameter()) {
        return true;
      }
    }
    return false;
  }

  /** Whether it writes nothing and locks nothing. */
  public boolean readOnly() {
    return readOnly;
  }

  /** The name in PREPARE or EXECUTE; null for other statements. */
  public String preparedName() {
    return prepared;
  }

  /** Which column of the COPY data has the key, from 0. */
  public int copyColumn() {
    return copied.column;
  }

  /** How many columns the COPY data has. */
  public int copyColumns() {
    return copied.columns;
  }

  public CopyFormat copyFormat() {
    return copied.format;
  }

  /** The type of the key in COPY data. */
  public KeyType copyType() {
    return copied.type;
  }

  /** The shape of this EXECUTE, given that of the statement it names. */
  public SqlShape executing(SqlShape body) {
    if (body.kind == Kind.MISS || body.kind == Kind.REFERENCE) {
      return body;
    }
    List<KeySource> found = new ArrayList<>();
    for (KeySource source : body.sources) {
      KeySource argument = argument(source);
      if (argument == null) {
        return miss(RouteMiss.of("EXECUTE", "The key is no plain argument of EXECUTE."));
      }
      found.add(argument);
    }
    return keyed(found, body.readOnly);
  }

  private KeySource argument(KeySource source) {
    if (!source.kind().parameter() || source.number() > arguments.size()) {
      return null;
    }
    KeySource argument = arguments.get(source.number() - 1);
    if (argument == null) {
      return null;
    }
    KeySource.Kind how = argument.kind();
    KeySource.Kind as = source.kind().array() ? how.asArray() : how;
    return new KeySource(as, argument.number(), source.type());
  }

  /** Estimated bytes of heap. */
  int weight() {
    return 128 + 40 * (sources.size() + arguments.size()) + (miss == null ? 0 : 400);
  }

  @Override
  public String toString() {
    return switch (kind) {
      case MISS -> unkeyed ? "UNKEYED" : "MISS";
      case COPY -> "COPY column " + (copied.column + 1);
      case KEYED -> "KEYED " + KeySource.inWords(sources);
      case REFERENCE, EXECUTE -> kind.toString();
    };
  }
}
