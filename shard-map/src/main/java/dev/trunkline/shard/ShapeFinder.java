package dev.trunkline.shard;

/**
 * The way of a text that is in no cache. It takes micro- to milliseconds: no event loop does it.
 */
final class ShapeFinder {
  private static final SqlGrammar GRAMMAR = new PgCodeKeeperGrammar();

  private ShapeFinder() {}

  static SqlShape find(CanonicalText text, ShardedTables tables) {
    if (text.problem() != null) {
      return SqlShape.miss(RouteMiss.ofStatement(text.problem()));
    }
    try {
      return KeyFinder.find(GRAMMAR.parse(text), tables, text::uses);
    } catch (Undecidable e) {
      return SqlShape.miss(e.miss());
    } catch (RuntimeException e) {
      // Somebody waits for an answer; a mistake in reading must not leave it waiting.
      return SqlShape.miss(RouteMiss.ofStatement("The statement could not be read: " + e));
    } catch (StackOverflowError e) {
      return SqlShape.miss(RouteMiss.ofStatement("The statement is nested too deep."));
    }
  }
}
