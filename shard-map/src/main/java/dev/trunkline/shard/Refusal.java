package dev.trunkline.shard;

import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.misc.ParseCancellationException;

/** Ends the parse at a character that begins no token, instead of leaving it out. */
final class Refusal extends BaseErrorListener {
  static final Refusal INSTANCE = new Refusal();

  private Refusal() {}

  @Override
  public void syntaxError(
      Recognizer<?, ?> recognizer,
      Object offendingSymbol,
      int line,
      int charPositionInLine,
      String msg,
      RecognitionException e) {
    throw new ParseCancellationException(msg);
  }
}
