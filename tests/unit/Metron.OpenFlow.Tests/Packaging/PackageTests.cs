using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Xml.Linq;
using Metron.OpenFlow.Tests.Negotiation;
using Metron.OpenFlow.Tests.OpenVSwitch;

namespace Metron.OpenFlow.Tests.Packaging;

/// <summary>The NuGet package: what is in it, and that a program which has only the package can do what the README shows.</summary>
/// <remarks>Nothing is downloaded: the packages that it depends on come from the cache that built this test.</remarks>
public sealed class PackageTests(PackedLibrary packed, OvsDaemons ovs) : IClassFixture<PackedLibrary>, IClassFixture<OvsDaemons>
{
    [Fact]
    public void The_package_has_what_a_user_needs()
    {
        using var package = packed.Open("nupkg");
        Assert.Superset(
            new HashSet<string> { "README.md", "lib/net10.0/Metron.OpenFlow.dll", "lib/net10.0/Metron.OpenFlow.xml" },
            package.Entries.Select(entry => entry.FullName).ToHashSet());
        var metadata = XDocument.Load(package.GetEntry("Metron.OpenFlow.nuspec")!.Open()).Root!.Elements().Single();
        Assert.Equal("Apache-2.0", Value(metadata, "license"));
        Assert.Equal("README.md", Value(metadata, "readme"));
        Assert.Contains("OpenFlow 1.0, 1.3, 1.4 and 1.5", Value(metadata, "description"), StringComparison.Ordinal);
        Assert.Contains("openflow", Value(metadata, "tags"), StringComparison.Ordinal);
        var dependencies = metadata.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value);
        Assert.Equal(["Microsoft.Extensions.Logging.Abstractions", "Polly.Core"], dependencies.Order());

        using var symbols = packed.Open("snupkg");
        Assert.Contains("lib/net10.0/Metron.OpenFlow.pdb", symbols.Entries.Select(entry => entry.FullName));
    }

    [Fact]
    public void A_released_package_does_not_tell_where_it_was_built()
    {
        // A debug build is to find its sources; only what is released has paths that are the same everywhere, by what git says of the root.
        var isRelease = PackedLibrary.Configuration == "Release" && Path.Exists(Path.Combine(PackedLibrary.Repository, ".git"));
        foreach (var (kind, entry) in new[] { ("nupkg", "lib/net10.0/Metron.OpenFlow.dll"), ("snupkg", "lib/net10.0/Metron.OpenFlow.pdb") })
        {
            using var package = packed.Open(kind);
            using var content = new MemoryStream();
            package.GetEntry(entry)!.Open().CopyTo(content);
            Assert.True(!isRelease || content.ToArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(PackedLibrary.Repository)) < 0, entry);
        }
    }

    [OvsFact]
    public async Task A_program_with_only_the_package_runs_the_example_of_the_README()
    {
        var port = FreePort();
        var folder = packed.Folder;
        var example = (await File.ReadAllTextAsync("README.md")).Split("```csharp\n")[1].Split("```")[0];
        Assert.Contains("OpenFlowListener.DefaultPort", example, StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "Program.cs"),
            Program(example.Replace("OpenFlowListener.DefaultPort", $"{port}", StringComparison.Ordinal)));
        await File.WriteAllTextAsync(Path.Combine(folder, "Example.csproj"), Project(packed.Version));
        await File.WriteAllTextAsync(
            Path.Combine(folder, "nuget.config"), Sources(packed.Feed, PackageCache(), Path.Combine(folder, "packages")));
        await PackedLibrary.DotnetAsync(folder, "build", "-c", "Release", "-o", Path.Combine(folder, "out"), "-nodeReuse:false");

        var bridge = ovs.AddBridge("OpenFlow13,OpenFlow14");
        using var program = Process.Start(PackedLibrary.Start(folder, Path.Combine(folder, "out", "Example.dll")))!;
        var errors = program.StandardError.ReadToEndAsync();
        try
        {
            ovs.SetController(bridge, new IPEndPoint(IPAddress.Loopback, port));
            var lines = new List<string>();
            while (!lines.Exists(line => line.Contains("actions=push_vlan:0x8100,set_field:0x1007->vlan_vid,output:2", StringComparison.Ordinal)))
            {
                lines.Add(await program.StandardOutput.ReadLineAsync(ScriptedPeer.Deadline())
                    ?? throw new InvalidOperationException($"the program ended: {string.Join('\n', lines)}{await errors}"));
            }

            Assert.Contains(lines, line => line.Contains("speaks OpenFlow 1.4", StringComparison.Ordinal));
            Assert.DoesNotContain(lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        }
        finally
        {
            program.Kill();
            await program.WaitForExitAsync();
            ovs.Configure("del-br", bridge);
        }
    }

    private static string Value(XElement metadata, string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;

    private static string PackageCache() => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static string Program(string example) => $$"""
        using System.Net;
        using Metron.OpenFlow;
        using Microsoft.Extensions.Logging;

        var logger = new Lines();
        var cancellation = CancellationToken.None;
        {{example}}
        internal sealed class Lines : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel level) => true;

            public void Log<TState>(LogLevel level, EventId id, TState state, Exception? exception, Func<TState, Exception?, string> format) =>
                Console.WriteLine($"{level}: {format(state, exception)}");
        }
        """;

    private static string Project(string version) => $$"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <UseAppHost>false</UseAppHost>
            <NuGetAudit>false</NuGetAudit>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Metron.OpenFlow" Version="{{version}}" />
          </ItemGroup>
        </Project>
        """;

    private static string Sources(string feed, string cache, string packages) => $$"""
        <configuration>
          <packageSources>
            <clear />
            <add key="package" value="{{feed}}" />
            <add key="cache" value="{{cache}}" />
          </packageSources>
          <config>
            <add key="globalPackagesFolder" value="{{packages}}" />
          </config>
        </configuration>
        """;
}
