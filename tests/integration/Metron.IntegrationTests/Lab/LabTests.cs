using Xunit.Abstractions;

namespace Metron.IntegrationTests.Lab;

/// <summary>A lab shared by the tests of a class.</summary>
public abstract class LabFixture : IAsyncLifetime
{
    private readonly MetronLabOptions _options;
    private MetronLab? _lab;

    /// <summary>Creates the fixture; the lab is started before the first test.</summary>
    private protected LabFixture(MetronLabOptions options) => _options = options;

    /// <summary>The lab.</summary>
    internal MetronLab Lab => _lab ?? throw new InvalidOperationException("the lab is not up");

    /// <inheritdoc />
    public async Task InitializeAsync()
    {
        if (LabRequirement.Missing is null)
        {
            _lab = await MetronLab.StartAsync(_options);
        }
    }

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        if (_lab is not null)
        {
            await _lab.DisposeAsync();
        }
    }
}

/// <summary>Two clients' networks, two servers, two workers; the switch tags by VLAN id.</summary>
public sealed class VlanLab : LabFixture
{
    public VlanLab()
        : base(new MetronLabOptions(new LabLayout(Clients: 2, Servers: 2)))
    {
    }
}

/// <summary>As <see cref="VlanLab"/>, but the switch tags by destination MAC.</summary>
public sealed class MacLab : LabFixture
{
    public MacLab()
        : base(new MetronLabOptions(new LabLayout(Clients: 2, Servers: 2), Tagging: "mac"))
    {
    }
}

/// <summary>As <see cref="VlanLab"/>, but the switch tags by 802.1ad service tag.</summary>
public sealed class QinQLab : LabFixture
{
    public QinQLab()
        : base(new MetronLabOptions(new LabLayout(Clients: 2, Servers: 2), Tagging: "qinq"))
    {
    }
}

/// <summary>As <see cref="VlanLab"/>, but the switch tags by MPLS label.</summary>
public sealed class MplsLab : LabFixture
{
    public MplsLab()
        : base(new MetronLabOptions(new LabLayout(Clients: 2, Servers: 2), Tagging: "mpls"))
    {
    }
}

/// <summary>As <see cref="VlanLab"/>, but the switch tags by code point.</summary>
public sealed class DscpLab : LabFixture
{
    public DscpLab()
        : base(new MetronLabOptions(new LabLayout(Clients: 2, Servers: 2), Tagging: "dscp"))
    {
    }
}

/// <summary>As <see cref="VlanLab"/>, but both workers share a link, whose flow groups the agent balances.</summary>
public sealed class BalancedLab : LabFixture
{
    public BalancedLab()
        : base(new MetronLabOptions(new LabLayout(Clients: 1, Servers: 1)) { Balancing = new { flowGroups = 64, shortestTickMilliseconds = 50, longestTickMilliseconds = 200 } })
    {
    }
}

/// <summary>As <see cref="BalancedLab"/>, but the kernel hashes and steers.</summary>
public sealed class LinuxBalancedLab : LabFixture
{
    public LinuxBalancedLab()
        : base(new MetronLabOptions(new LabLayout(Clients: 1, Servers: 1))
        {
            Balancing = new { nic = "linux", flowGroups = 64, shortestTickMilliseconds = 50, longestTickMilliseconds = 200 },
            IsOfKernel = true,
        })
    {
    }
}

/// <summary>Tests in a lab: each begins and ends without chains.</summary>
/// <param name="fixture">The lab.</param>
/// <param name="output">Where the last words of controller and agent go.</param>
public abstract class LabTests(LabFixture fixture, ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>The lab.</summary>
    internal MetronLab Lab => fixture.Lab;

    /// <inheritdoc />
    public Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        if (LabRequirement.Missing is not null)
        {
            return;
        }

        output.WriteLine(Lab.LastWords());
        await Lab.DeleteAllAsync();
    }
}
