namespace Metron.OpenFlow.Fuzz;

/// <summary>What negotiation promises of any first bytes: it is refused by a name, or leads to a version of ours, or to a refusal in words.</summary>
internal static class HelloCheck
{
    /// <summary>Whether the bytes lead to a version.</summary>
    /// <exception cref="BrokenPromiseException">A promise was broken.</exception>
    public static bool Check(ReadOnlySpan<byte> bytes)
    {
        if (PeerProtocol.RecogniseOther(bytes) is not null || bytes.Length < OpenFlowCodec.HeaderLength || PeerProtocol.Refuse(bytes) is not null)
        {
            return false;
        }

        var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        var hello = bytes[..Math.Min(length, bytes.Length)];
        foreach (var ours in new[] { VersionSet.Default, VersionSet.Spoken, VersionSet.Of(OpenFlowVersion.OpenFlow13) })
        {
            var verdict = HelloVerdict.Judge(hello, ours);
            BrokenPromiseException.ThrowUnless(verdict.Version is { } version ? ours.Contains(version) : verdict.Refusal is { Length: > 0 }, "neither a version nor a refusal");
            BrokenPromiseException.ThrowUnless(verdict.Notes.Count < 4, "more notes than there are things to note");
        }

        return HelloVerdict.Judge(hello, VersionSet.Spoken).Version is not null;
    }
}
