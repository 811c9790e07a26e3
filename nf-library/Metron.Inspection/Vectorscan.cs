using System.Runtime.InteropServices;
using Metron.Inspection.Native;

namespace Metron.Inspection;

/// <summary>Whether and which Vectorscan is on the machine. Nothing else in this project loads the library before it is asked for.</summary>
public static unsafe class Vectorscan
{
    /// <summary>Debian's package that has the library.</summary>
    public const string Package = "libvectorscan5";

    private static readonly Lazy<(string? Version, string? Problem)> Found = new(Probe);

    /// <summary>Whether patterns can be compiled and scanned for on this machine.</summary>
    public static bool IsAvailable => Found.Value.Problem is null;

    /// <summary>Version of the library: "5.4.9 2023-03-23".</summary>
    /// <exception cref="VectorscanMissingException">The library is not there, or does not run here.</exception>
    public static string Version
    {
        get
        {
            Require();
            return Found.Value.Version!;
        }
    }

    /// <summary>Makes sure that the library can be used.</summary>
    /// <exception cref="VectorscanMissingException">The library is not there, or does not run here; the message says what to install.</exception>
    public static void Require()
    {
        if (Found.Value.Problem is { } problem)
        {
            throw new VectorscanMissingException(problem);
        }
    }

    private static (string? Version, string? Problem) Probe()
    {
        if (!NativeLibrary.TryLoad(Hs.Library, out _))
        {
            return (null, $"{Hs.Library} is not installed, which deep packet inspection needs: install the Debian package {Package}");
        }

        var version = Marshal.PtrToStringUTF8((nint)Hs.Version()) ?? string.Empty;
        return !version.StartsWith("5.4.", StringComparison.Ordinal)
            ? (null, $"{Hs.Library} is version {version}; deep packet inspection is written for 5.4: install the Debian package {Package}")
            : Hs.ValidPlatform() != Hs.Success
            ? (null, $"{Hs.Library} {version} does not run on this processor: it needs SSE4.2 on x86-64")
            : (version, null);
    }
}

/// <summary>Vectorscan is not on this machine, or not in a version or on a processor that can be used. The message says what to do.</summary>
public sealed class VectorscanMissingException(string message) : Exception(message);
