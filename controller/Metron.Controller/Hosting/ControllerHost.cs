using Google.Protobuf.Reflection;
using Metron.Controller.Agents;
using Metron.Controller.Chains;
using Metron.Controller.Configuration;
using Metron.Controller.Metrics;
using Metron.Controller.Rates;
using Metron.Controller.Reconciliation;
using Metron.Controller.Store;
using Metron.Controller.Switches;

namespace Metron.Controller.Hosting;

/// <summary>Puts the controller together: store, sessions, reconciler, and the API as gRPC and REST.</summary>
public static class ControllerHost
{
    /// <summary>Largest message that is taken: a router with 1,000,000 routes has some 45 MB.</summary>
    public const int LargestMessageInBytes = 128 << 20;

    /// <summary>Builds the host; it is started by <see cref="WebApplication.StartAsync"/>.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="logging">Where logs go; null for standard output.</param>
    /// <exception cref="DatabaseException">The database cannot be used.</exception>
    public static WebApplication Build(ControllerConfiguration configuration, TimeProvider? time = null, Action<ILoggingBuilder>? logging = null)
    {
        // Nothing but the given configuration counts: no appsettings.json, no ASPNETCORE_ variables.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "metron-controller" });
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => Endpoints.Configure(options, configuration));
        (logging ?? LogToConsole)(builder.Logging);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(10));
        AddController(builder.Services, configuration, time ?? TimeProvider.System);
        AddApi(builder.Services);

        var app = builder.Build();
        try
        {
            OpenStore(app.Services);
        }
        catch
        {
            ((IDisposable)app).Dispose();
            throw;
        }

        app.UseRouting();
        MapApi(app);
        return app;
    }

    /// <summary>Opens and reads everything that is stored, so that a store that cannot be used is known before anything starts.</summary>
    private static void OpenStore(IServiceProvider services)
    {
        services.GetRequiredService<ChainRegistry>();
        services.GetRequiredService<AgentDirectory>();
        services.GetRequiredService<CounterKeeper>();
    }

    private static void AddController(IServiceCollection services, ControllerConfiguration configuration, TimeProvider time)
    {
        services.AddSingleton(provider => provider.GetRequiredService<ProfileStore>().Complete(configuration)).AddSingleton(time);
        services.AddSingleton(_ => Database.Open(configuration.Database));
        services.AddSingleton(configuration.History).AddSingleton<RevisionStore>().AddSingleton<ChainStore>().AddSingleton<ServerStore>().AddSingleton<CounterStore>().AddSingleton<SwitchStore>().AddSingleton<ProfileStore>()
            .AddSingleton<CapacityStore>().AddSingleton<LearntCapacities>();
        services.AddSingleton<ChainWatch>().AddSingleton<ChainRegistry>().AddSingleton<ChainAdmission>();
        services.AddSingleton<RuleRateBook>().AddSingleton<OffloadMetrics>();
        services.AddSingleton<CounterBook>().AddSingleton<CounterKeeper>().AddSingleton<CounterFeed>().AddSingleton<ServiceChainView>();
        services.AddSingleton<AgentDirectory>().AddSingleton<SwitchDirectory>().AddSingleton<StrayPeers>().AddSingleton<OpenFlowMeters>().AddSingleton<MetricsPage>();
        services.AddSingleton<IntendedRulesCache>().AddSingleton<InventorySource>();
        services.AddSingleton<PlanningDesk>().AddSingleton<PlanVerifier>().AddSingleton<LocalExecutor>().AddSingleton<SwitchResources>().AddSingleton<RemoteExecutor>();
        services.AddSingleton<IRuleCounts>(provider => provider.GetRequiredService<SwitchDirectory>());
        services.AddSingleton<IInventorySource>(provider => provider.GetRequiredService<InventorySource>());
        services.AddSingleton<ICounterRefresh>(provider => provider.GetRequiredService<CounterFeed>());
        services.AddHostedService<AgentWatch>();
        services.AddSingleton<SwitchSessions>().AddHostedService(provider => provider.GetRequiredService<SwitchSessions>());
        services.AddSingleton<Reconciler>().AddHostedService(provider => provider.GetRequiredService<Reconciler>());
    }

    private static void AddApi(IServiceCollection services)
    {
        services.AddRouting();
        services.AddGrpc(options =>
        {
            options.MaxReceiveMessageSize = LargestMessageInBytes;
            options.MaxSendMessageSize = null;
        }).AddJsonTranscoding(options =>
        {
            options.JsonSettings.WriteInt64sAsStrings = true;
            options.TypeRegistry = TypeRegistry.FromFiles(Google.Rpc.ErrorDetailsReflection.Descriptor);
        });
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks().AddCheck<ControllerHealth>("controller");
    }

    private static void MapApi(WebApplication app)
    {
        app.MapGrpcService<ServiceChainsService>();
        app.MapGrpcService<RevisionsService>();
        app.MapGrpcService<AgentsService>();
        app.MapGrpcService<SwitchesService>();
        app.MapGrpcService<AgentControlService>();
        app.MapGrpcReflectionService();
        app.MapGrpcHealthChecksService();
        app.MapHealthChecks("/healthz");
        app.MapGet("/metrics", app.Services.GetRequiredService<MetricsPage>().AnswerAsync);
    }

    private static void LogToConsole(ILoggingBuilder logging) => logging
        .AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            options.ColorBehavior = Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled;
        })
        .SetMinimumLevel(LogLevel.Warning)
        .AddFilter("Metron", LogLevel.Information);
}
