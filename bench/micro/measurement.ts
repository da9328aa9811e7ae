// What one micro-benchmark comes to, in one checkout.

export interface Measurement {
  readonly name: string;
  /** Of one operation; the least of several rounds is what the machine disturbed least. */
  readonly nanoseconds: number;
  /** JavaScript: bytes on the heap and in buffers; C++: calls of operator new. Of one operation. */
  readonly allocated: number;
  readonly allocatedUnit: 'bytes' | 'calls';
  /** Of one operation; null: nothing here counts them. */
  readonly instructions: number | null;
}
