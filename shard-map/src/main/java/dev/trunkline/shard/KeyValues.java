package dev.trunkline.shard;

/** The parameter values of one Bind. Only those are asked for that the shape names. */
public interface KeyValues {
  /** Type OIDs that a key can be read from; 0 is a type the client left open. */
  int INT2 = 21;

  int INT4 = 23;
  int INT8 = 20;
  int TEXT = 25;
  int VARCHAR = 1043;
  int UUID = 2950;
  int UNKNOWN = 705;

  /** The parameters of a statement without any. */
  KeyValues NONE =
      new KeyValues() {
        @Override
        public int count() {
          return 0;
        }

        @Override
        public int type(int parameter) {
          throw new IndexOutOfBoundsException(parameter);
        }

        @Override
        public boolean binary(int parameter) {
          throw new IndexOutOfBoundsException(parameter);
        }

        @Override
        public byte[] value(int parameter) {
          throw new IndexOutOfBoundsException(parameter);
        }
      };

  int count();

  /**
   * The OID of the type declared in Parse, or told by the server in ParameterDescription; 0 for
   * none.
   *
   * @param parameter from 0
   */
  int type(int parameter);

  /** Whether the value came in binary format. */
  boolean binary(int parameter);

  /** The value's bytes; null for NULL. */
  byte[] value(int parameter);
}
