using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Metron.OpenFlow.Tests.Tls;

/// <summary>A certificate authority of a test's own, with its files in a temporary folder.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = new(2090, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"openflow-tls-{Guid.NewGuid():n}");
    private readonly X509Certificate2 _authority;

    public TestAuthority()
        : this("test authority")
    {
    }

    private TestAuthority(string name)
    {
        Directory.CreateDirectory(_folder);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(From, Until);
        File.WriteAllText(CertificateFile, _authority.ExportCertificatePem());
    }

    /// <summary>PEM file of the authority's certificate.</summary>
    public string CertificateFile => Path.Combine(_folder, "authority.pem");

    /// <summary>Another authority.</summary>
    public static TestAuthority Another() => new("another authority");

    /// <summary>Issues a certificate, and writes it and its key over files of the same name.</summary>
    public OpenFlowTlsFiles Issue(string name, string? dnsName = null, DateTimeOffset? from = null, DateTimeOffset? until = null, string? file = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        if (dnsName is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(dnsName);
            names.AddIpAddress(IPAddress.Loopback);
            request.CertificateExtensions.Add(names.Build());
        }

        using var issued = request.Create(_authority, from ?? From, until ?? Until, RandomNumberGenerator.GetBytes(8));
        file ??= name;
        var files = new OpenFlowTlsFiles(Path.Combine(_folder, $"{file}.pem"), Path.Combine(_folder, $"{file}.key"), CertificateFile);
        File.WriteAllText(files.Certificate, issued.ExportCertificatePem());
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
        return files;
    }

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
