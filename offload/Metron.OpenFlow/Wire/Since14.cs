namespace Metron.OpenFlow;

/// <summary>Guards messages that OpenFlow 1.3 does not have.</summary>
internal static class Since14
{
    /// <exception cref="OpenFlowEncodeException">The version is older than 1.4.</exception>
    public static void Require(OpenFlowMessage message, OpenFlowVersion version)
    {
        if (version < OpenFlowVersion.OpenFlow14)
        {
            throw new OpenFlowEncodeException($"{message.Name} does not exist in OpenFlow {version.ToDotted()}");
        }
    }
}
