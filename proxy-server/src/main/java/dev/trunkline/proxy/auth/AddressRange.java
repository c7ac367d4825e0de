package dev.trunkline.proxy.auth;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * IP addresses that begin alike.
 *
 * @param network the first of them; null for every address
 * @param bits how many leading bits count
 */
record AddressRange(Bytes network, int bits) {
  static final AddressRange ALL = new AddressRange(null, 0);

  /** An address with {@code /bits}, or an address and a mask. */
  static AddressRange of(String address, String maskOrNull) {
    int slash = address.indexOf('/');
    if (slash < 0 && maskOrNull == null) {
      throw new IllegalArgumentException("the address has neither a mask nor /bits");
    }
    byte[] network = parse(slash < 0 ? address : address.substring(0, slash));
    int bits =
        slash < 0
            ? maskBits(parse(maskOrNull), network.length)
            : number(address.substring(slash + 1));
    if (bits > network.length * Byte.SIZE) {
      throw new IllegalArgumentException("the address has not so many bits");
    }
    return new AddressRange(Bytes.of(network), bits);
  }

  private static byte[] parse(String address) {
    byte[] parsed = NetUtil.createByteArrayFromIpAddressString(address);
    if (parsed == null) {
      throw new IllegalArgumentException(
          "\"" + address + "\" is not an IP address; names of hosts are not supported");
    }
    try {
      return InetAddress.getByAddress(parsed).getAddress(); // an IPv4 one within an IPv6 one is one
    } catch (UnknownHostException impossible) {
      throw new IllegalArgumentException(impossible);
    }
  }

  private static int number(String text) {
    if (!text.matches("[0-9]{1,3}")) {
      throw new IllegalArgumentException("\"" + text + "\" is not a number of bits");
    }
    return Integer.parseInt(text);
  }

  private static int maskBits(byte[] mask, int length) {
    if (mask.length != length) {
      throw new IllegalArgumentException("address and mask are of different families");
    }
    int bits = 0;
    while (bits < length * Byte.SIZE && bit(mask, bits)) {
      bits++;
    }
    for (int i = bits; i < length * Byte.SIZE; i++) {
      if (bit(mask, i)) {
        throw new IllegalArgumentException("the mask has a hole");
      }
    }
    return bits;
  }

  private static boolean bit(byte[] bytes, int index) {
    return (bytes[index / Byte.SIZE] >> (Byte.SIZE - 1 - index % Byte.SIZE) & 1) == 1;
  }

  boolean contains(InetAddress address) {
    if (network == null) {
      return true;
    }
    byte[] own = network.content();
    byte[] other = address.getAddress();
    if (own.length != other.length) {
      return false;
    }
    for (int i = 0; i < bits; i++) {
      if (bit(own, i) != bit(other, i)) {
        return false;
      }
    }
    return true;
  }
}
