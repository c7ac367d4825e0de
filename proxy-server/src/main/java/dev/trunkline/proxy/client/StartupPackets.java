package dev.trunkline.proxy.client;

import dev.trunkline.proxy.auth.TlsContexts;
import dev.trunkline.proxy.pool.Peers;
import dev.trunkline.wire.ProtocolViolation;
import dev.trunkline.wire.StartupDecoder;
import dev.trunkline.wire.StartupPacket;
import io.netty.buffer.ByteBuf;
import io.netty.handler.ssl.SslHandler;
import java.util.function.BiConsumer;

/**
 * What comes before a client has named itself: requests for encryption, answered here, cancel
 * requests, carried out, and at last the startup message, handed on. On the client's loop.
 */
final class StartupPackets {
  private enum Phase {
    FIRST_BYTE,
    PACKET,
    TLS,
    /** A cancel request is being carried out; what else comes is nothing. */
    CANCEL
  }

  private final ClientConnection connection;
  private final Services services;
  private final BiConsumer<StartupPacket.Startup, ByteBuf> startup;
  private final StartupDecoder decoder = new StartupDecoder();
  private Phase phase = Phase.FIRST_BYTE;

  /**
   * @param startup takes the startup message, and what came behind it in the same chunk
   */
  StartupPackets(
      ClientConnection connection,
      Services services,
      BiConsumer<StartupPacket.Startup, ByteBuf> startup) {
    this.connection = connection;
    this.services = services;
    this.startup = startup;
  }

  /** Takes a chunk, which is released. */
  void onBytes(ByteBuf chunk) {
    try {
      if (phase == Phase.CANCEL || phase == Phase.TLS || beginsWithTls(chunk)) {
        return;
      }
      phase = Phase.PACKET;
      chunk.readerIndex(decoder.feed(chunk, chunk.readerIndex(), chunk.writerIndex()));
      if (decoder.complete()) {
        packet(decoder.packet(), chunk);
      }
    } finally {
      chunk.release();
    }
  }

  private boolean beginsWithTls(ByteBuf chunk) {
    if (phase == Phase.FIRST_BYTE
        && StartupDecoder.isTlsHandshake(chunk.getByte(chunk.readerIndex()))
        && tlsOffered()
        && connection.tls().isEmpty()) {
      directTls(chunk.retain());
      return true;
    }
    return false;
  }

  private void packet(StartupPacket packet, ByteBuf rest) {
    switch (packet) {
      case StartupPacket.SslRequest _ -> {
        alone(rest, "SSL");
        answerSsl();
      }
      case StartupPacket.GssEncRequest _ -> {
        alone(rest, "GSSAPI encryption");
        answer('N');
      }
      case StartupPacket.CancelRequest cancel -> cancel(cancel);
      case StartupPacket.Startup message -> startup.accept(message, rest);
    }
  }

  /** Bytes behind an encryption request may have been injected by somebody in the middle. */
  private static void alone(ByteBuf rest, String what) {
    if (rest.isReadable()) {
      throw new ProtocolViolation("received unencrypted data after " + what + " request");
    }
  }

  private void answer(char letter) {
    connection.write(out -> out.writeByte(letter));
    connection.flush();
  }

  /** Never through a unix socket, as in PostgreSQL. */
  private boolean tlsOffered() {
    return services.clientTls() != null && !connection.unix();
  }

  private void answerSsl() {
    if (!tlsOffered() || !connection.tls().isEmpty()) {
      answer('N');
      return;
    }
    answer('S');
    startTls();
  }

  private SslHandler startTls() {
    phase = Phase.TLS;
    SslHandler tls = services.clientTls().newHandler(connection.channel().alloc());
    connection.channel().pipeline().addFirst("tls", tls);
    tls.handshakeFuture()
        .addListener(
            shaken -> {
              if (shaken.isSuccess()) {
                connection.tls(TlsContexts.describe(tls.engine().getSession()));
                phase = Phase.PACKET;
              } else {
                connection.failed(shaken.cause());
              }
            });
    return tls;
  }

  /** A client that begins with TLS at once has to say what for, with ALPN. */
  private void directTls(ByteBuf chunk) {
    SslHandler tls = startTls();
    tls.handshakeFuture()
        .addListener(
            shaken -> {
              if (shaken.isSuccess() && !TlsContexts.ALPN.equals(tls.applicationProtocol())) {
                connection.channel().close();
              }
            });
    connection.channel().pipeline().fireChannelRead(chunk);
  }

  private void cancel(StartupPacket.CancelRequest cancel) {
    phase = Phase.CANCEL;
    long key = CancelKeys.key(cancel.pid(), cancel.key());
    Cancelable target = services.cancelKeys().find(key);
    if (target != null) {
      connection.named(target.database(), "(nouser)");
      target.cancel(this::cancelled);
    } else if (!passOn(key)) {
      end("failed cancel request");
    }
  }

  private boolean passOn(long key) {
    Peers peers = services.peers();
    if (peers.own() == 0 || !CancelKeys.hopsLeft(key)) {
      return false;
    }
    long next = CancelKeys.passedOn(key);
    return peers.forward(
        CancelKeys.peer(key),
        connection.channel(),
        CancelKeys.pid(next),
        CancelKeys.secret(next),
        () -> cancelled(Cancelable.SENT));
  }

  /** From any thread. Who cancels may wait for the end of the connection, and go on then. */
  private void cancelled(String outcome) {
    connection.channel().eventLoop().execute(() -> end(outcome));
  }

  private void end(String reason) {
    connection.endAfterFlush(reason);
  }
}
