namespace Metron.OpenFlow;

/// <summary>Version byte of the OpenFlow header. The codec speaks those in <see cref="VersionSet.Spoken"/>.</summary>
public enum OpenFlowVersion : byte
{
    OpenFlow10 = 1,
    OpenFlow11 = 2,
    OpenFlow12 = 3,
    OpenFlow13 = 4,
    OpenFlow14 = 5,
    OpenFlow15 = 6,
}

/// <summary>Names of versions as people write them.</summary>
public static class OpenFlowVersionNames
{
    /// <summary>"1.3" for 4, or the byte in hexadecimal when no version has it.</summary>
    public static string ToDotted(this OpenFlowVersion version) =>
        version is >= OpenFlowVersion.OpenFlow10 and <= OpenFlowVersion.OpenFlow15
            ? $"1.{(byte)version - 1}"
            : $"0x{(byte)version:x2}";

    /// <summary>Whether the codec encodes and decodes bodies of this version.</summary>
    public static bool IsSpoken(this OpenFlowVersion version) =>
        version is OpenFlowVersion.OpenFlow10 or OpenFlowVersion.OpenFlow13 or OpenFlowVersion.OpenFlow14 or OpenFlowVersion.OpenFlow15;
}
