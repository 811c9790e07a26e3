using System.Runtime.InteropServices;
using Metron.Inspection.Native;

namespace Metron.Inspection;

/// <summary>Patterns as the arrays that Vectorscan's compiler reads. Freed by its maker.</summary>
internal sealed unsafe class PatternInput : IDisposable
{
    private readonly int _count;
    private readonly Hs.Extension* _extensions;

    /// <param name="patterns">The patterns.</param>
    /// <param name="areLiterals">Whether they are given as bytes with lengths, instead of as expressions.</param>
    public PatternInput(IReadOnlyList<Pattern> patterns, bool areLiterals)
    {
        _count = patterns.Count;
        Expressions = (byte**)NativeMemory.AllocZeroed((nuint)_count, (nuint)sizeof(byte*));
        Flags = (uint*)NativeMemory.AllocZeroed((nuint)_count, sizeof(uint));
        Ids = (uint*)NativeMemory.AllocZeroed((nuint)_count, sizeof(uint));
        Lengths = (nuint*)NativeMemory.AllocZeroed((nuint)_count, (nuint)sizeof(nuint));
        Extensions = (Hs.Extension**)NativeMemory.AllocZeroed((nuint)_count, (nuint)sizeof(Hs.Extension*));
        _extensions = (Hs.Extension*)NativeMemory.AllocZeroed((nuint)_count, (nuint)sizeof(Hs.Extension));
        for (var i = 0; i < _count; i++)
        {
            var pattern = patterns[i];
            var bytes = areLiterals ? pattern.Expression : pattern.ToExpression();
            Expressions[i] = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, bytes.Length));
            bytes.CopyTo(new Span<byte>(Expressions[i], bytes.Length));
            Lengths[i] = (nuint)bytes.Length;
            Flags[i] = FlagsOf(pattern);
            Ids[i] = (uint)pattern.Id;
            SetExtension(i, pattern);
        }
    }

    public byte** Expressions { get; }

    public uint* Flags { get; }

    public uint* Ids { get; }

    public nuint* Lengths { get; }

    public Hs.Extension** Extensions { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (var i = 0; i < _count; i++)
        {
            NativeMemory.Free(Expressions[i]);
        }

        NativeMemory.Free(Expressions);
        NativeMemory.Free(Flags);
        NativeMemory.Free(Ids);
        NativeMemory.Free(Lengths);
        NativeMemory.Free(Extensions);
        NativeMemory.Free(_extensions);
    }

    private static uint FlagsOf(Pattern pattern) =>
        Hs.FlagSingleMatch
        | (pattern.IgnoresCase ? Hs.FlagCaseless : 0)
        | (pattern.DotMatchesNewline ? Hs.FlagDotAll : 0)
        | (pattern.IsMultiline ? Hs.FlagMultiline : 0);

    private void SetExtension(int index, Pattern pattern)
    {
        if (pattern.MinimumEnd is null && pattern.MaximumEnd is null)
        {
            return;
        }

        _extensions[index] = new Hs.Extension
        {
            Flags = (pattern.MinimumEnd is null ? 0 : Hs.ExtensionMinimumOffset)
                | (pattern.MaximumEnd is null ? 0 : Hs.ExtensionMaximumOffset),
            MinimumOffset = (ulong)(pattern.MinimumEnd ?? 0),
            MaximumOffset = (ulong)(pattern.MaximumEnd ?? 0),
        };
        Extensions[index] = _extensions + index;
    }
}
