using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Metron.Controller.Tests;

/// <summary>Keeps what a controller logs; prints it too when METRON_TEST_LOG is set.</summary>
internal sealed class LogCollector : ILoggerProvider
{
    private static readonly bool _print = Environment.GetEnvironmentVariable("METRON_TEST_LOG") is { Length: > 0 };

    public ConcurrentQueue<(int Id, string Text)> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Collector(this);

    public void Dispose()
    {
    }

    private sealed class Collector(LogCollector owner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var text = $"{formatter(state, exception)}{(exception is null ? string.Empty : $" {exception}")}";
            owner.Lines.Enqueue((eventId.Id, text));
            if (_print)
            {
                Console.WriteLine($"{logLevel} {eventId.Id} {text}");
            }
        }
    }
}
