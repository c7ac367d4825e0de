package dev.trunkline.shard;

/** A parser of PostgreSQL's SQL, which may refuse what it does not know, but never misread it. */
interface SqlGrammar {
  /**
   * Reads one statement.
   *
   * @throws Undecidable when it cannot, or when the statement has a form that has no key
   */
  SqlTree.Statement parse(CanonicalText text);
}
