using System.ComponentModel;
using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace Metron.OpenFlow;

/// <summary>Judges the certificate of a peer, and says in one sentence what is wrong with it.</summary>
internal sealed class TlsValidation(TlsMaterial material, TimeProvider time)
{
    public TlsMaterial Material { get; } = material;

    /// <summary>What is wrong with the peer's certificate; null when nothing is.</summary>
    public string? Problem { get; private set; }

    public bool Validate(object sender, X509Certificate? presented, X509Chain? sent, SslPolicyErrors errors)
    {
        Problem = presented is null
            ? "the switch has presented no certificate (ovs-vsctl set-ssl KEY CERTIFICATE AUTHORITY)"
            : Judge(presented as X509Certificate2 ?? X509CertificateLoader.LoadCertificate(presented.GetRawCertData()), sent);
        return Problem is null;
    }

    private string? Judge(X509Certificate2 certificate, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Material.Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.GetLocalNow().DateTime;
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        if (chain.Build(certificate))
        {
            return null;
        }

        var status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, static (all, one) => all | one.Status);
        if ((status & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.NotSignatureValid)) != 0)
        {
            return $"certificate \"{certificate.Subject}\" is of authority \"{certificate.Issuer}\", not of ours (\"{Material.Authority[0].Subject}\")";
        }

        if ((status & X509ChainStatusFlags.NotTimeValid) == 0)
        {
            return $"certificate \"{certificate.Subject}\" cannot be used: {string.Join("; ", chain.ChainStatus.Select(each => each.StatusInformation.Trim()))}";
        }

        var now = time.GetUtcNow().UtcDateTime;
        return now < certificate.NotBefore.ToUniversalTime()
            ? $"certificate \"{certificate.Subject}\" is not valid before {Day(certificate.NotBefore)}; is a clock wrong?"
            : now > certificate.NotAfter.ToUniversalTime()
                ? $"certificate \"{certificate.Subject}\" expired at {Day(certificate.NotAfter)}"
                : $"certificate \"{certificate.Subject}\" is of an authority whose own certificate is not valid now";
    }

    private static string Day(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}

/// <summary>Why TLS was not agreed on.</summary>
internal static partial class TlsProblem
{
    private const byte TlsHandshakeRecord = 0x16;
    private const byte TlsAlertRecord = 0x15;

    /// <summary>Puts a failure in words.</summary>
    /// <param name="failure">What the system says.</param>
    /// <param name="problem">What is wrong with the peer's certificate, if that was judged.</param>
    /// <param name="first">First byte that the peer sent; null when it sent none.</param>
    public static HandshakeException Explain(Exception failure, string? problem, byte? first)
    {
        if (problem is not null)
        {
            return new HandshakeException(HandshakeFault.TlsFailed, $"TLS: {problem}", failure);
        }

        if (first is { } octet && octet is not TlsHandshakeRecord and not TlsAlertRecord)
        {
            return (OpenFlowVersion)octet is >= OpenFlowVersion.OpenFlow10 and <= OpenFlowVersion.OpenFlow15
                ? new HandshakeException(HandshakeFault.PlaintextOnTls, "plaintext on TLS port", failure)
                : new HandshakeException(HandshakeFault.NotOpenFlow, "not TLS", failure);
        }

        return FindAlert(failure) ?? new HandshakeException(
            HandshakeFault.TlsFailed, first is null ? "TLS: the peer closed before it said anything" : $"TLS: {Innermost(failure).Message}", failure);
    }

    /// <summary>
    /// The refusal of our certificate, where an exception is about it; else null. With TLS 1.3, who connects learns of it only when it reads.
    /// </summary>
    public static HandshakeException? FindAlert(Exception? failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (Alert().Match(cause.Message) is { Success: true } alert)
            {
                return new HandshakeException(HandshakeFault.TlsFailed, $"TLS: the peer refused us: {alert.Groups[1].Value}", failure);
            }
        }

        return null;
    }

    private static Exception Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner and not Win32Exception)
        {
            failure = inner;
        }

        return failure;
    }

    /// <summary>As OpenSSL writes it: "error:0A000418:SSL routines::tlsv1 alert unknown ca".</summary>
    [GeneratedRegex(@"((?:tlsv1[0-9]?|sslv3) (?:alert )?[a-z ]+)")]
    private static partial Regex Alert();
}
