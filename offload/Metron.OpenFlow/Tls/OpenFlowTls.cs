using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Metron.OpenFlow;

/// <summary>
/// Mutual TLS 1.2 or 1.3 with an authority of one's own, as OpenFlow uses it ("ssl:" and "pssl:" in Open vSwitch): both sides show a certificate of
/// the authority; host names are not compared, because certificates of switches seldom have any. Safe for concurrent use.
/// </summary>
/// <remarks>The files are looked at before each handshake, and read again when one has changed: certificates are renewed without a restart.</remarks>
public sealed partial class OpenFlowTls
{
    private readonly OpenFlowTlsFiles _files;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private TlsMaterial _material;
    private TlsStamp? _unusable;

    /// <summary>Reads the files.</summary>
    /// <param name="files">The files.</param>
    /// <param name="logger">Log; null for none.</param>
    /// <param name="time">The clock that certificates are compared with; null for the system's.</param>
    /// <exception cref="OpenFlowTlsException">A file cannot be used; the message names it.</exception>
    public OpenFlowTls(OpenFlowTlsFiles files, ILogger? logger = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        _files = files;
        _logger = logger ?? NullLogger.Instance;
        _time = time ?? TimeProvider.System;
        _material = TlsMaterial.Load(files);
    }

    /// <summary>Agrees on TLS with a peer that has connected. Usable as stream decorator of a listener.</summary>
    /// <exception cref="HandshakeException">TLS was not agreed on; the message says why.</exception>
    public ValueTask<Stream> AcceptAsync(Stream stream, CancellationToken cancellation = default) => AgreeAsync(stream, (tls, validation) =>
        tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = validation.Material.Certificate,
                ClientCertificateRequired = true,
                EnabledSslProtocols = TlsMaterial.Protocols,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = validation.Validate,
            },
            cancellation));

    /// <summary>Agrees on TLS with a peer that was connected to. Usable as stream decorator of a connector.</summary>
    /// <exception cref="HandshakeException">TLS was not agreed on; the message says why.</exception>
    public ValueTask<Stream> ConnectAsync(Stream stream, CancellationToken cancellation = default) => AgreeAsync(stream, (tls, validation) =>
        tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                // Not sent and not compared: the authority says who is let in.
                TargetHost = string.Empty,
                ClientCertificateContext = validation.Material.Certificate,
                EnabledSslProtocols = TlsMaterial.Protocols,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = validation.Validate,
            },
            cancellation));

    private async ValueTask<Stream> AgreeAsync(Stream stream, Func<SslStream, TlsValidation, Task> authenticate)
    {
        var beginning = new FirstByteStream(stream);
        var tls = new SslStream(beginning);
        var validation = new TlsValidation(Current(), _time);
        try
        {
            await authenticate(tls, validation).ConfigureAwait(false);
            return tls;
        }
        catch (Exception exception)
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            if (exception is AuthenticationException or IOException or CryptographicException or InvalidOperationException)
            {
                throw TlsProblem.Explain(exception, validation.Problem, beginning.First);
            }

            throw;
        }
    }

    /// <summary>What the files hold now; what they held last when they cannot be used.</summary>
    private TlsMaterial Current()
    {
        lock (_lock)
        {
            var stamp = TlsStamp.Of(_files);
            if (stamp == _material.Stamp)
            {
                return _material;
            }

            try
            {
                _material = TlsMaterial.Load(_files);
                _unusable = null;
                LogReloaded(_logger, _files.Certificate, _material.Certificate.TargetCertificate.NotAfter);
            }
            catch (OpenFlowTlsException exception)
            {
                // Files are seldom replaced all at once: said once, tried again at the next handshake.
                if (stamp != _unusable)
                {
                    _unusable = stamp;
                    LogUnusable(_logger, exception.Message);
                }
            }

            return _material;
        }
    }

    [LoggerMessage(1050, LogLevel.Information, "TLS of OpenFlow: {Certificate} was read again, valid until {NotAfter:u}")]
    private static partial void LogReloaded(ILogger logger, string certificate, DateTime notAfter);

    [LoggerMessage(1051, LogLevel.Warning, "TLS of OpenFlow: {Problem}; going on with what was read before")]
    private static partial void LogUnusable(ILogger logger, string problem);
}

/// <summary>PEM files of one side of mutual TLS.</summary>
/// <param name="Certificate">Its certificate, followed by intermediate certificates if there are any.</param>
/// <param name="Key">Its private key, not encrypted.</param>
/// <param name="Authority">The certificate or certificates of the authority that certifies the other side.</param>
public sealed record OpenFlowTlsFiles(string Certificate, string Key, string Authority);

/// <summary>Files of TLS cannot be used; the message says which and why.</summary>
public sealed class OpenFlowTlsException(string problem, Exception? cause = null) : Exception(problem, cause);

/// <summary>What the files of TLS held.</summary>
internal sealed record TlsMaterial(TlsStamp Stamp, SslStreamCertificateContext Certificate, X509Certificate2Collection Authority)
{
#pragma warning disable CA5398 // The oldest version is said here, not by the system.
    public const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;
#pragma warning restore CA5398

    public static TlsMaterial Load(OpenFlowTlsFiles files)
    {
        var stamp = TlsStamp.Of(files);
        var file = files.Certificate;
        try
        {
            var certificate = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(files.Certificate);
            file = files.Authority;
            var authority = new X509Certificate2Collection();
            authority.ImportFromPemFile(files.Authority);
            return authority.Count > 0
                ? new TlsMaterial(stamp, SslStreamCertificateContext.Create(certificate, chain, offline: true), authority)
                : throw new CryptographicException("there is no certificate in it");
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            var with = file == files.Certificate ? $" with key {files.Key}" : "";
            throw new OpenFlowTlsException($"{file}{with} cannot be used: {exception.Message}", exception);
        }
    }
}

/// <summary>Times and sizes of the files of TLS.</summary>
internal sealed record TlsStamp(EquatableArray<(DateTime Written, long Length)> Files)
{
    public static TlsStamp Of(OpenFlowTlsFiles files) => new([Of(files.Certificate), Of(files.Key), Of(files.Authority)]);

    private static (DateTime Written, long Length) Of(string path)
    {
        // What a link leads to counts: secrets are often mounted as links that are switched over.
        var file = new FileInfo(path);
        file = file.Exists && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? target : file;
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }
}
