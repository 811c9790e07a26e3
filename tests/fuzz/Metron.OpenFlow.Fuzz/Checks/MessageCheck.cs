namespace Metron.OpenFlow.Fuzz;

/// <summary>What decoding promises of any bytes: a message or the decode error, and what was read can be written and read again to the same.</summary>
internal static class MessageCheck
{
    // What an exception with its stack trace takes, and lists of the first few elements.
    private const int ConstantBytes = 64 * 1024;

    // An element of four bytes, the smallest there is, becomes an object of some 40 bytes, its place in a list that doubled, and one in an array.
    private const int BytesPerByte = 32;

    // Restoring padding that was left out can make a message of nearly 64 KiB too long.
    private const int NearlyTooLong = 60_000;

    /// <summary>Whether the bytes are a message.</summary>
    /// <exception cref="BrokenPromiseException">A promise was broken.</exception>
    public static bool Check(ReadOnlySpan<byte> bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var isMessage = OpenFlowCodec.TryDecode(bytes, out var frame, out var error);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        BrokenPromiseException.ThrowUnless(
            allocated <= ConstantBytes + ((long)BytesPerByte * bytes.Length), $"decoding {bytes.Length} bytes allocated {allocated}");
        if (!isMessage)
        {
            BrokenPromiseException.ThrowUnless(error!.Offset >= 0 && error.Offset <= bytes.Length, $"error at offset {error.Offset} of {bytes.Length} bytes");
            return false;
        }

        var text = frame!.ToString();
        BrokenPromiseException.ThrowUnless(text.Length > 0 && !text.Any(char.IsControl), "the text of a message is not one line");
        if (frame.Version.IsSpoken())
        {
            CheckAgain(frame, bytes.Length);
        }

        return true;
    }

    private static void CheckAgain(OpenFlowFrame frame, int length)
    {
        byte[] again;
        try
        {
            again = OpenFlowCodec.Encode(frame.Message, frame.Version, frame.TransactionId);
        }
        catch (OpenFlowEncodeException tooLong) when (length > NearlyTooLong)
        {
            _ = tooLong;
            return;
        }

        var second = OpenFlowCodec.Decode(again);
        BrokenPromiseException.ThrowUnless(frame.Equals(second), $"what was read is written as something else: {frame} became {second}");
        BrokenPromiseException.ThrowUnless(
            again.AsSpan().SequenceEqual(OpenFlowCodec.Encode(second.Message, second.Version, second.TransactionId)), "writing twice gives different bytes");
    }
}
