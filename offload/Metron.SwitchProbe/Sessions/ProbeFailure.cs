using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Which exceptions say something about the switch.</summary>
internal static class ProbeFailure
{
    /// <summary>Whether the switch refused, did not answer, or answered what cannot be read; the connection goes on.</summary>
    public static bool IsOfTheSwitch(Exception error) =>
        error is OpenFlowErrorException or TimeoutException or OpenFlowDecodeException or UnexpectedReplyException or OpenFlowEncodeException
            or BundlesUnsupportedException;

    /// <summary>Whether the connection was lost.</summary>
    public static bool IsOfTheConnection(Exception error) => error is IOException or System.Net.Sockets.SocketException or ObjectDisposedException;
}
