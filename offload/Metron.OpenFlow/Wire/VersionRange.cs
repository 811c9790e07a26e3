namespace Metron.OpenFlow;

/// <summary>Guards what only some versions have.</summary>
internal static class VersionRange
{
    /// <exception cref="OpenFlowEncodeException">The version is outside the range.</exception>
    public static void Require(
        string name, OpenFlowVersion version, OpenFlowVersion first, OpenFlowVersion last = OpenFlowVersion.OpenFlow15)
    {
        if (version < first || version > last)
        {
            throw new OpenFlowEncodeException($"{name} does not exist in OpenFlow {version.ToDotted()}");
        }
    }
}
