package dev.trunkline.proxy.server;

import dev.trunkline.proxy.config.SslMode;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import java.util.Map;

/**
 * How connections to servers are made.
 *
 * @param connectTimeoutMillis bound of connect and login together: {@code server_connect_timeout}
 * @param cancelTimeoutMillis bound of a cancel request: {@code cancel_wait_timeout}; 0 = any
 * @param sslMode {@code server_tls_sslmode}
 * @param sslContext what TLS is made with; null when sslMode is DISABLE
 * @param highWatermark bytes queued towards a server at which the client is no longer read
 * @param lowWatermark bytes at which it is read again
 * @param maxPacket bytes of the longest message: {@code max_packet_size}
 * @param socketOptions of the kernel, for every connection
 */
public record ServerOptions(
    int connectTimeoutMillis,
    int cancelTimeoutMillis,
    SslMode sslMode,
    SslContext sslContext,
    int highWatermark,
    int lowWatermark,
    int maxPacket,
    Map<ChannelOption<?>, Object> socketOptions) {
  ServerOptions withoutTls() {
    return new ServerOptions(
        connectTimeoutMillis,
        cancelTimeoutMillis,
        SslMode.DISABLE,
        null,
        highWatermark,
        lowWatermark,
        maxPacket,
        socketOptions);
  }
}
