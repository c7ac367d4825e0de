package dev.trunkline.proxy.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import java.net.SocketAddress;
import java.util.function.Function;

/**
 * What one transport has for connections to servers.
 *
 * @param tcp their sockets
 * @param unix those of unix sockets
 * @param unixAddress from a path; an abstract one begins with NUL
 */
public record Sockets(
    ChannelFactory<? extends Channel> tcp,
    ChannelFactory<? extends Channel> unix,
    Function<String, SocketAddress> unixAddress) {}
