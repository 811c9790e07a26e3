using System.Buffers.Binary;

namespace Metron.OpenFlow;

/// <summary>What a peer's HELLO leads to.</summary>
/// <param name="Version">The version to speak; null when there is none in common.</param>
/// <param name="Refusal">Why there is none; sent to the peer with <c>OFPHFC_INCOMPATIBLE</c>.</param>
/// <param name="Notes">What is odd about the HELLO, in sentences for the log.</param>
internal sealed record HelloVerdict(OpenFlowVersion? Version, string? Refusal, EquatableArray<string> Notes)
{
    private const ushort VersionBitmapType = HelloElement.VersionBitmapType;

    private static readonly VersionSet Recognised = VersionSet.Of(OpenFlowVersion.OpenFlow11, OpenFlowVersion.OpenFlow12);

    /// <summary>Judges a whole HELLO: as the standard says, or by its header's version when the rest is not as the standard says.</summary>
    /// <remarks>
    /// OpenFlow 1.3.5 section 6.3.1. Switches are known that announce a version in the header and put something else than
    /// elements behind it; they work when only their header is believed.
    /// </remarks>
    /// <param name="hello">The message, header included; its version is one of 1.0 to 1.5.</param>
    /// <param name="ours">The versions offered to the peer.</param>
    public static HelloVerdict Judge(ReadOnlySpan<byte> hello, VersionSet ours)
    {
        var header = (OpenFlowVersion)hello[0];
        var notes = new List<string>();
        var body = ReadBody(hello);
        if (body.IsEmptyBitmap)
        {
            notes.Add("empty version bitmap");
        }

        if (body.Malformation is { } malformation)
        {
            // A bitmap in front of the malformed part is believed where the header alone would mislead.
            var believesBitmap = body.Bitmap is { } found && found.Intersect(ours) != UpToHeader(header, ours);
            notes.Add(malformation + (believesBitmap ? "; continuing with the version bitmap" : $"; continuing with header version {header.ToDotted()}"));
            return Choose(header, believesBitmap ? body.Bitmap : null, ours, notes);
        }

        return Choose(header, body.Bitmap, ours, notes);
    }

    // Without a bitmap the smaller of the two highest versions counts: a peer is taken to speak all up to its header's.
    private static VersionSet UpToHeader(OpenFlowVersion header, VersionSet ours) => ours.UpTo(header);

    private static HelloVerdict Choose(OpenFlowVersion header, VersionSet? bitmap, VersionSet ours, List<string> notes)
    {
        var common = bitmap?.Intersect(ours) ?? UpToHeader(header, ours);

        // Without bitmaps both sides take the smaller of the headers' versions: 1.1 or 1.2 then, and not an older one that we speak.
        var agreesOnUnspoken = bitmap is null && header is OpenFlowVersion.OpenFlow11 or OpenFlowVersion.OpenFlow12 && ours.Highest > header;
        if (common.IsEmpty || agreesOnUnspoken)
        {
            return new HelloVerdict(null, Refuse(header, bitmap, ours), notes.ToEquatableArray());
        }

        if (bitmap is { } said && !said.Contains(header))
        {
            notes.Add($"header {header.ToDotted()} but bitmap {said.ToList()}: using {common.Highest.ToDotted()}");
        }

        return new HelloVerdict(common.Highest, null, notes.ToEquatableArray());
    }

    private static string Refuse(OpenFlowVersion header, VersionSet? bitmap, VersionSet ours)
    {
        var theirs = bitmap ?? VersionSet.Of(header);
        var text = $"no common version: switch {theirs}, ours {ours}";
        if (theirs.Intersect(Recognised) == theirs)
        {
            text += $"; known here by name only: {theirs.ToList()}";
        }

        if (bitmap is { } said)
        {
            var swapped = new VersionSet(BinaryPrimitives.ReverseEndianness(said.Bits));
            if (swapped.Intersect(ours) is { IsEmpty: false })
            {
                text += $"; the bitmap 0x{said.Bits:x8} looks byte-swapped, {swapped} would fit";
            }
        }

        return text;
    }

    private static HelloBody ReadBody(ReadOnlySpan<byte> hello)
    {
        var result = default(HelloBody);
        var offset = OpenFlowCodec.HeaderLength;
        while (offset < hello.Length)
        {
            var rest = hello[offset..];
            var type = rest.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(rest) : (ushort?)null;
            var length = rest.Length >= 4 ? BinaryPrimitives.ReadUInt16BigEndian(rest[2..]) : (ushort?)null;
            if (type is null or 0 || length is null or < 4 || length > rest.Length || (type == VersionBitmapType && length % 4 != 0))
            {
                return result with
                {
                    Malformation = $"HELLO body not per specification (offset {offset}, type {Number(type)}, length {Number(length)})",
                };
            }

            if (type == VersionBitmapType && result.Bitmap is null)
            {
                var bitmap = VersionSet.FromBitmap(rest[4..length.Value]);
                result = bitmap.IsEmpty ? result with { IsEmptyBitmap = true } : result with { Bitmap = bitmap };
            }

            // Types above 1 are for later standards: the standard wants them ignored. The last element's padding may be missing.
            offset += Math.Min((length.Value + 7) & ~7, rest.Length);
        }

        return result;
    }

    private static string Number(ushort? value) => value?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "missing";

    private readonly record struct HelloBody(VersionSet? Bitmap, bool IsEmptyBitmap, string? Malformation);
}
